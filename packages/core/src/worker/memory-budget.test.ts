import assert from "node:assert/strict";
import { test } from "node:test";
import { type BudgetMember, MemoryBudget } from "./memory-budget.ts";

interface FakeMember extends BudgetMember {
  state: BudgetMember["state"];
  isIdle: boolean;
}

function member(name: string, neededBytes: number, lastUsed = 0): FakeMember {
  const self: FakeMember = {
    name,
    neededBytes,
    state: "unloaded",
    isIdle: true,
    lastUsed,
    async unload() {
      self.state = "unloaded";
    },
  };
  return self;
}

async function load(budget: MemoryBudget, each: FakeMember): Promise<void> {
  await budget.admit(each);
  each.state = "loaded";
}

test("MemoryBudget unloads the idle model unused for longest, and no more than it must", async () => {
  const budget = new MemoryBudget({ limitBytes: 10, available: () => 100 });
  const [a, b, c] = [member("a", 4, 3), member("b", 4, 1), member("c", 4, 2)];
  await load(budget, a!);
  await load(budget, b!);
  await load(budget, c!);
  assert.deepEqual([a!.state, b!.state, c!.state], ["loaded", "unloaded", "loaded"]);
});

test("MemoryBudget refuses with the numbers when nothing idle makes room", async () => {
  const budget = new MemoryBudget({ limitBytes: 4 * 2 ** 30, available: () => 2 ** 40 });
  const [a, b] = [member("a", 3 * 2 ** 30), member("b", 2 * 2 ** 30)];
  await load(budget, a!);
  a!.isIdle = false;
  await assert.rejects(load(budget, b!), {
    name: "InsufficientMemoryError",
    neededBytes: 2 * 2 ** 30,
    availableBytes: 2 ** 30,
    message: /^b needs 2.00 GiB, but 1.00 GiB is free beside a with 3.00 GiB, busy now; try again later/,
  });
});

test("MemoryBudget counts a model that is being loaded against the machine's free memory", async () => {
  const budget = new MemoryBudget({ available: () => 10 });
  const [a, b] = [member("a", 6), member("b", 6)];
  await budget.admit(a!);
  a!.state = "loading";
  await assert.rejects(budget.admit(b!), { availableBytes: 4 });
});
