import { expect, it } from "@jest/globals";
import type { Store } from "../src/index.ts";

const id = (number: number) => `01890a5d-ac96-774b-bcce-${String(number).padStart(12, "0")}`;

/**
 * What every store does.
 *
 * @param place returns what opens the same place again and again; each call is a new place
 */
export function describeStore(place: () => () => Store): void {
  it("begins empty", async () => {
    expect([...(await place()().read())]).toEqual([]);
  });

  it("keeps marks and their changes over lives, oldest first", async () => {
    const open = place();
    const first = open();
    await first.read();
    await first.write(new Map([1, 2, 3].map((each) => [id(each), "saved"])));
    await first.write(
      new Map([
        [id(1), "acked"],
        [id(2), "forgotten"],
        [id(4), "acked"],
      ]),
    );
    const kept = [
      [id(1), "acked"],
      [id(3), "saved"],
      [id(4), "acked"],
    ];
    const second = open();
    expect([...(await second.read())]).toEqual(kept);
    await second.write(new Map([[id(3), "acked"]]));
    expect([...(await open().read())]).toEqual([kept[0], [id(3), "acked"], kept[2]]);
  });

  it("keeps a window that moves", async () => {
    const open = place();
    const store = open();
    await store.read();
    for (let from = 0; from < 12_000; from += 1_000) {
      const changes = new Map<string, "saved" | "acked" | "forgotten">();
      for (let each = from; each < from + 1_000; each++) {
        changes.set(id(each), "acked");
        if (each >= 100) changes.set(id(each - 100), "forgotten");
      }
      await store.write(changes);
    }
    expect([...(await open().read())].map(([each]) => each)).toEqual(
      Array.from({ length: 100 }, (_, index) => id(11_900 + index)),
    );
  });
}
