import { ScriptedModel } from "../scripted-model.ts";

const summary = {
  motivo: "[PACIENTE], 75 anos, hipertensa, com tosse produtiva, febre de 38,9 °C e falta de ar há 3 dias.",
  diagnosticos: ["Pneumonia à direita", "Hipertensão arterial"],
  evolucao:
    "Saturação de 89 % na admissão, tratada com oxigênio a 2 L/min. Sem febre a 12/11; em ar ambiente com 95 % a 14/11.",
  procedimentos: ["Raio X de tórax", "Ceftriaxona e azitromicina", "Fisioterapia respiratória"],
  medicacao_de_alta: [
    "Amoxicilina com clavulanato 875 mg de 12 em 12 horas por 4 dias",
    "Losartana 50 mg pela manhã",
  ],
  seguimento:
    "Retorno em 10 dias no ambulatório com [PESSOA_3]; voltar antes se houver febre. [PESSOA_2] foi orientado.",
};

/** Plays a model that has read the sample. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel(() => JSON.stringify(summary));
}
