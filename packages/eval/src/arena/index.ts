export {
  type Agreement,
  cohenKappa,
  fleissKappa,
  type Label,
  type RaterPair,
  raterAgreement,
} from "./agreement.ts";
export {
  type BradleyTerryOptions,
  bradleyTerryMethod,
  type Duel,
  type Rating,
  rateByBradleyTerry,
} from "./bradley-terry.ts";
export {
  isConsistent,
  type JudgeBias,
  measureBias,
  type Place,
  settle,
  type TwoOrders,
} from "./judge-bias.ts";
