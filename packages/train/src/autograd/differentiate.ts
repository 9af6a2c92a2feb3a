import {
  checkTrainProgram,
  type TrainOp,
  type TrainProgram,
  trainParamsRead,
  trainValuesRead,
  type ValueId,
} from "@llamero/kernels";
import { type GradientContext, type GradientRule, gradientRules } from "./gradient-rules.ts";

/** Whether anything trainable is at or below each value. */
function neededGradients(program: TrainProgram): boolean[] {
  const needs: boolean[] = [];
  for (const op of program.ops) {
    needs.push(
      trainParamsRead(op).some((slot) => program.params[slot]!.trainable) ||
        trainValuesRead(op, program).some((id) => needs[id] === true),
    );
  }
  return needs;
}

/**
 * A forward program with its backward part (reverse mode): one `seed` per output, then the ops from last to first. Paths
 * that end in nothing trainable have no ops. Throws TypeError where an op on a trained path has no gradient.
 */
export function differentiate(forward: TrainProgram): TrainProgram {
  if (forward.backwardStart !== forward.ops.length)
    throw new TypeError("Program has a backward part already");
  const shapes = checkTrainProgram(forward);
  const needs = neededGradients(forward);
  const ops: TrainOp[] = [...forward.ops];
  const gradients = new Map<ValueId, ValueId>();
  const emit = (op: TrainOp): ValueId => ops.push(op) - 1;
  const accumulate = (id: ValueId, gradient: ValueId): void => {
    const before = gradients.get(id);
    gradients.set(id, before === undefined ? gradient : emit({ op: "add", a: before, b: gradient }));
  };
  for (const [output, id] of Object.entries(forward.outputs)) {
    if (needs[id] === true) accumulate(id, emit({ op: "seed", output }));
  }
  if (gradients.size === 0)
    throw new TypeError("No output depends on a trainable parameter; nothing can be trained");
  for (let id = forward.ops.length - 1; id >= 0; id--) {
    const dy = gradients.get(id);
    if (dy === undefined) continue;
    const op = forward.ops[id]!;
    const rule = gradientRules[op.op];
    if ("notDifferentiable" in rule) {
      throw new TypeError(`Op ${id} (${op.op}) has no gradient: ${rule.notDifferentiable}`);
    }
    const context: GradientContext = {
      id,
      isTrainable: (slot) => forward.params[slot]!.trainable,
      needs: (value) => needs[value] === true,
      cols: (value) => shapes[value]![1],
      emit,
      accumulate,
    };
    (rule as GradientRule<TrainOp["op"]>)(op as never, dy, context);
  }
  const program: TrainProgram = { ...forward, ops, backwardStart: forward.ops.length };
  checkTrainProgram(program);
  return program;
}
