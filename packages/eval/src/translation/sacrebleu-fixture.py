# Writes sacrebleu.fixture.json: numbers of sacrebleu for invented sentences. Run: pip install sacrebleu && python sacrebleu-fixture.py
import json, pathlib
from sacrebleu.metrics import BLEU, CHRF

pairs = {
    "en": [("The small red boat, built in 1904, left at 7.30 a.m. -- nobody saw it.", ["The little red boat, built in 1904, left at 7:30 a.m. and nobody saw it."]),
           ("She said \"no\" & closed the door.", ["She said \"no\" and shut the door.", "\"No\", she said & closed the door."]),
           ("Hello", ["Hello there, my friend"]), ("wholly different", ["nothing alike here at all"])],
    "de": [("Der Fährmann wartet am Ufer; das Wasser steigt um 2,5 Meter.", ["Der Fährmann wartet am Fluss, und das Wasser steigt um 2,5 Meter."]),
           ("Ohne Schlüssel kommen wir nicht hinein.", ["Ohne den Schlüssel kommen wir nicht hinein."])],
    "fr": [("L’horloge de l’église s’est arrêtée à minuit.", ["L'horloge de l'église s'est arrêtée à minuit précis."]),
           ("Le pain coûte 3,20 € chez la voisine.", ["Le pain coûte 3,20 € chez notre voisine !"])],
    "it": [("La nonna conserva le lettere in una scatola blu.", ["La nonna tiene le lettere in una scatola azzurra."]),
           ("Domani pioverà, perciò restiamo a casa.", ["Domani pioverà, quindi resteremo a casa."])],
    "pt": [("O gato dorme em cima do telhado há três dias.", ["O gato dorme no telhado há três dias."]),
           ("Não há pressa: o comboio atrasou-se 40 minutos.", ["Não há pressa; o trem atrasou 40 minutos."])],
    "hi": [("नदी के किनारे एक पुराना पेड़ खड़ा है।", ["नदी के किनारे पर एक बहुत पुराना पेड़ खड़ा है।"]),
           ("बच्चे शाम को 5:30 बजे घर लौटते हैं।", ["बच्चे शाम 5:30 बजे घर लौट आते हैं।"])],
    "es": [("¿Dónde está la llave que te di ayer?", ["¿Dónde está la llave que te entregué ayer?"]),
           ("El molino (muy viejo) ya no gira.", ["El molino, muy viejo, ya no da vueltas."])],
    "th": [("เรือลำเล็กออกจากท่าเมื่อเช้านี้", ["เรือเล็กออกจากท่าเรือเมื่อเช้า"]),
           ("แม่ซื้อมะม่วง 3 กิโลกรัม", ["แม่ซื้อมะม่วงมา 3 กิโลกรัม"])],
    "zh": [("小船今天早上7点离开了码头。", ["小船今天早上七点离开码头。"]), ("他说:“好的,thank you。”", ["他说:“好,thank you!”"])],
    "odd": [("", ["Something was expected."]), ("a b", ["a b"]), ("😀 well-known &amp; (done).", ["😀😀 well known & done."]),
            ("1,000.5 and 3-4;x=y", ["1,000.5 or 3-4; x = y"])],
}
out = []
for language, items in pairs.items():
    answers = [answer for answer, _ in items]
    width = max(len(references) for _, references in items)
    streams = [[references[at] if at < len(references) else None for _, references in items] for at in range(width)]
    row = {"language": language, "items": [{"answer": a, "references": r} for a, r in items], "corpus": {}, "sentences": {}}
    for tokenizer in ["13a", "intl", "zh", "char", "none"]:
        row["corpus"]["bleu " + tokenizer] = BLEU(tokenize=tokenizer).corpus_score(answers, streams).score
        sentence = BLEU(tokenize=tokenizer, effective_order=True)
        row["sentences"]["bleu " + tokenizer] = [sentence.sentence_score(a, r).score for a, r in items]
    for order in [0, 2]:
        metric = CHRF(word_order=order)
        row["corpus"]["chrf %d" % order] = metric.corpus_score(answers, streams).score
        row["sentences"]["chrf %d" % order] = [metric.sentence_score(a, r).score for a, r in items]
    out.append(row)
path = pathlib.Path(__file__).with_name("sacrebleu.fixture.json")
path.write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
