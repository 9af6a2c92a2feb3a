/** A text of our own in the eight languages of Llama 3.1, with a dialogue, steps, numbers and code. */
export const proofText: { name: string; content: string } = {
  name: "llamero-proof-1",
  content: `The lighthouse at the end of the bay was built in 1871, after three ships had been lost in a single winter. For the first forty years its lamp burned oil, which the keeper carried up one hundred and twelve steps every evening. His daughter kept a diary of the weather, and it is from her notes that we know how often the fog came in before noon and left again before supper. "The sea is polite today," she wrote once, "but it has not forgotten anything." When electricity came to the village, the oil was no longer needed, and the last keeper moved into a small house near the harbour, where he repaired clocks until he died.

Most people who visit the tower now come for the view. On a clear day you can see both islands and the long line of sand between them, which is under water twice a day. Guides warn visitors not to walk there without looking at the tide table first. The water comes back faster than a person can run, and the sand becomes soft long before it is covered. Every summer someone has to be brought back by boat.

How does a tide work? The moon pulls on the water of the oceans, and because the side of the Earth that faces the moon is nearer to it than the far side, the pull is not the same everywhere. The water bulges a little on both sides, and the Earth turns underneath these bulges. That is why most coasts have two high tides and two low tides in a little more than twenty-four hours. The sun does the same, but since it is so much farther away, its effect is less than half as strong. When the sun and the moon pull along the same line, the tides are largest; when they pull at right angles, they are smallest. The shape of a coast matters as well: in a narrow bay the same amount of water has less room, so it rises higher.

To make a simple vegetable soup for four people you need two onions, three carrots, two potatoes, one stick of celery, a tin of tomatoes, a litre of stock, salt, pepper and a little oil. First, peel the onions and cut them into small pieces. Heat the oil in a large pot and cook the onions slowly for ten minutes, until they are soft but not brown. Add the carrots, the potatoes and the celery, stir, and cook for another five minutes. Then pour in the tomatoes and the stock, bring everything to the boil, and let it simmer with the lid on for half an hour. Taste it before you add salt, because the stock is often salty enough. Serve it with bread.

"Have you finished the report?" asked Maria.
"Almost," said Tom. "The numbers for March are still missing. I asked the office in Leeds for them on Monday, and again yesterday."
"And what did they say?"
"They said that the person who knows is on holiday until Thursday."
"Then write that in the report. It is better to say that we do not know than to guess."
"All right. I will send it to you this afternoon, with a note about what is missing and when we expect it."

A train leaves at 9:15 and arrives at 11:45. It travels 200 kilometres, so it takes two and a half hours and its average speed is 200 / 2.5 = 80 kilometres an hour. If it stopped for half an hour on the way, it was moving for only two hours, and its speed while it moved was 100 kilometres an hour. The return ticket costs 36 euros, children pay half, and a family with two adults and three children therefore pays 36 * 2 + 18 * 3 = 126 euros.

\`\`\`python
def mean(values):
    """Return the mean of a list of numbers, or None for an empty list."""
    if not values:
        return None
    total = 0
    for value in values:
        total += value
    return total / len(values)
\`\`\`

The function above adds up all the values and divides the sum by their number. For an empty list there is no mean, so it returns None instead of dividing by zero. A program that calls it has to check for that.

{"name": "Anna", "age": 31, "city": "Lisbon", "languages": ["Portuguese", "English", "German"], "is_member": true}

Der kleine Bahnhof liegt am Rand der Stadt, zwischen einer alten Mühle und einem Feld, auf dem im Sommer Sonnenblumen wachsen. Früher hielten hier zwölf Züge am Tag, heute sind es nur noch vier. Im Wartesaal hängt eine Uhr, die immer fünf Minuten vorgeht, damit niemand seinen Zug verpasst. Die Frau, die den Kiosk führt, kennt fast alle Reisenden mit Namen und fragt jeden, wohin die Reise geht. Wer länger warten muss, bekommt einen Kaffee und darf die Zeitung von gestern lesen.

Le marché ouvre chaque samedi à sept heures, quand les rues sont encore vides. Les marchands installent leurs tables, rangent les pommes, les fromages et les fleurs, et se racontent les nouvelles de la semaine. Vers dix heures, il y a tant de monde qu'on avance lentement. Une vieille dame achète toujours les mêmes choses : trois poires, un pain et un bouquet de violettes. Elle dit que les prix étaient meilleurs autrefois, mais que les fruits, eux, n'ont pas changé.

Il fiume attraversa la città da nord a sud e passa sotto sette ponti. Il più antico è di pietra e ha quasi seicento anni; il più nuovo è di acciaio e serve solo a chi va a piedi o in bicicletta. In primavera, quando la neve si scioglie in montagna, l'acqua sale e copre i sentieri lungo le rive. Gli abitanti lo sanno e non si spaventano, ma i turisti fotografano tutto come se fosse la prima volta.

La biblioteca del barrio cierra a las ocho, pero los viernes se queda abierta hasta medianoche. Esa noche vienen los estudiantes que no pueden trabajar en casa, los vecinos que quieren leer el periódico con calma y un grupo de niños que escucha cuentos en la sala pequeña. La directora dice que una biblioteca no es un almacén de libros, sino un lugar donde nadie tiene que explicar por qué ha venido.

O avô tinha um barco azul com o qual saía antes do nascer do sol. Voltava ao meio-dia com sardinhas, às vezes com um polvo, e a avó já sabia pelo barulho do motor se o dia tinha corrido bem. Agora o barco está no jardim, cheio de terra e de gerânios, e os netos sobem nele para brincar de piratas. O avô fica a ver e diz que nunca teve uma tripulação tão boa.

गाँव के बीच में एक पुराना कुआँ है, जिसके पास शाम को सब लोग मिलते हैं। बच्चे खेलते हैं, बड़े लोग दिन भर की बातें करते हैं और कोई न कोई चाय बनाकर ले आता है। पिछले साल यहाँ पहली बार बिजली आई, तब से लड़कियाँ रात को भी पढ़ सकती हैं। अध्यापिका कहती हैं कि इस बार परीक्षा में सबके अंक पहले से अच्छे हैं।

ร้านก๋วยเตี๋ยวหน้าตลาดเปิดตั้งแต่เช้ามืด ลุงเจ้าของร้านจำได้ว่าลูกค้าแต่ละคนชอบกินอะไร บางคนไม่ใส่ผัก บางคนขอพริกเพิ่ม ตอนสายจะมีนักเรียนมานั่งรอรถประจำทางและทำการบ้านไปด้วย ลุงบอกว่าถ้าสอบได้คะแนนดีจะเลี้ยงก๋วยเตี๋ยวหนึ่งชามฟรี

In the evening the wind turned to the west and the first drops fell. We closed the windows, lit the lamp on the table and listened. Nobody said anything for a while. Then my grandmother began to tell the story that she always told when it rained: how, as a girl, she had walked home across the hills with a goat that did not belong to her, and how the goat had known the way better than she did. We had heard it many times before, and each time the road was a little longer, the rain a little heavier, and the goat a little wiser.
`,
};
