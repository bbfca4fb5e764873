import { expect, it } from "@jest/globals";
import { HeldBytes, type Holder } from "./held-bytes.ts";

const evicted: string[] = [];

function openHolders() {
  evicted.length = 0;
  const held = new HeldBytes({ strangers: 100, owner: 1_000, total: 2_500 });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  function open(name: string, user?: string): Holder & { hold(bytes: number): void } {
    const holder = {
      heldBytes: 0,
      hold(bytes: number) {
        holder.heldBytes = bytes;
        held.update(holder);
      },
      evict: () => void evicted.push(name),
    };
    held.add(holder);
    if (user !== undefined) held.join(holder, user);
    return holder;
  }
  return { held, open, settled };
}

it("ends what holds the most of a user who holds too much, and nobody else's", async () => {
  const { open, settled } = openHolders();
  open("bob's", "bob").hold(900);
  const mallorys = Array.from({ length: 10 }, (_, index) => open(`mallory's ${index}`, "mallory"));
  for (const [index, each] of mallorys.entries()) each.hold(150 + index);
  await settled();
  expect(evicted).toEqual(["mallory's 9", "mallory's 8", "mallory's 7", "mallory's 6"]);
});

it("believes what is held now, not what was held when it was last told", async () => {
  const { open, settled } = openHolders();
  const [first, second] = [open("first", "bob"), open("second", "bob")];
  first.hold(900);
  (first as { heldBytes: number }).heldBytes = 0;
  second.hold(900);
  await settled();
  expect(evicted).toEqual([]);
});

it("counts a connection no longer that has joined somewhere else", async () => {
  const { held, open, settled } = openHolders();
  const others = new HeldBytes({ owner: 1_000, total: 2_500 });
  const joined = open("joined");
  joined.hold(90);
  others.join(joined, "a network");
  open("stranger").hold(90);
  await settled();
  expect(evicted).toEqual([]);
  held.remove(joined);
  (joined as { heldBytes: number }).heldBytes = 1_001;
  others.update(joined);
  await settled();
  expect(evicted).toEqual(["joined"]);
});

it("ends connections of the user who holds the most when the process holds too much", async () => {
  const { open, settled } = openHolders();
  for (const user of ["ann", "bob", "cem"]) open(user, user).hold(800);
  open("mallory 1", "mallory").hold(500);
  open("mallory 2", "mallory").hold(450);
  await settled();
  expect(evicted).toEqual(["mallory 1", "ann"]);
});

it("bounds what all who have not joined hold together, and forgets who is gone", async () => {
  const { held, open, settled } = openHolders();
  const gone = open("gone");
  gone.hold(90);
  held.remove(gone);
  open("small").hold(40);
  const joining = open("joining");
  joining.hold(55);
  held.join(joining, "bob");
  open("large").hold(61);
  await settled();
  expect(evicted).toEqual(["large"]);
});
