import type { Attack } from "@dumbwaiter/dev-env/hostile/attack";
import type { Target } from "@dumbwaiter/dev-env/hostile/targets";
import { runTrial } from "@dumbwaiter/dev-env/hostile/trial";
import { damageOf, tableRow } from "@dumbwaiter/dev-env/hostile/verdict";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const START_MS = 120_000;
/** Another program can delay a probe once. An attack that succeeds does so again. */
const TRIES = 2;

interface Trials {
  readonly attacks: readonly Attack[];
  readonly attackMs: number;
}

/** Runs each attack against the same target, and prints the rows of the table in docs/security.md. */
export function withstands(name: string, start: () => Promise<Target>, { attacks, attackMs }: Trials): void {
  describe(`${name} withstands`, () => {
    let target: Target;

    beforeAll(async () => {
      target = await start();
    }, START_MS);
    afterAll(() => target?.stop(), START_MS);

    it.each(attacks.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
      let damage: string[] = [];
      for (let tries = 0; tries < TRIES; tries++) {
        const figures = await runTrial(target, attack, attackMs);
        process.stderr.write(`${tableRow(attack.name, figures)}\n`);
        damage = damageOf(figures);
        if (damage.length === 0) return;
        await target.restart();
      }
      expect(damage).toEqual([]);
    });
  });
}
