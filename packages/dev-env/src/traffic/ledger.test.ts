import { describe, expect, it } from "@jest/globals";
import { Ledger, type ReceivedMessage } from "./ledger.ts";

const message = (id: string, data: string): ReceivedMessage => ({ id, envelope: { encryptedData: data } });

function acceptedLedger(): Ledger {
  const ledger = new Ledger();
  ledger.intends("data", "bob");
  ledger.accepts("1", "data", 1_000);
  return ledger;
}

describe("the ledger", () => {
  it("counts what was accepted and arrived, even before the sender knew", () => {
    const ledger = new Ledger();
    ledger.intends("data", "bob");
    ledger.receives("bob", message("1", "data"), 900);
    ledger.accepts("1", "data", 1_000);
    expect(ledger.missing()).toEqual([]);
    expect(ledger.report()).toMatchObject({
      sent: 1,
      delivered: 1,
      duplicates: 0,
      lost: 0,
      stuck: 0,
      wrong: 0,
    });
  });

  it("counts as lost what never arrived, and names it", () => {
    const ledger = acceptedLedger();
    expect(ledger.missing()).toEqual([{ id: "1", recipient: "bob" }]);
    expect(ledger.report()).toMatchObject({ sent: 1, delivered: 0, lost: 1 });
  });

  it("counts repeated receipts", () => {
    const ledger = acceptedLedger();
    for (const at of [1_001, 1_002, 1_003]) ledger.receives("bob", message("1", "data"), at);
    expect(ledger.report()).toMatchObject({ delivered: 1, duplicates: 2, wrong: 0 });
  });

  describe("counts as stuck what waited over 30 s at a stretch without a fault", () => {
    const late = (prepare: (ledger: Ledger) => void) => {
      const ledger = acceptedLedger();
      prepare(ledger);
      ledger.receives("bob", message("1", "data"), 40_000);
      return ledger.report();
    };
    const fault = (from: number, to: number) => (ledger: Ledger) => {
      ledger.faultBegins("redis", from);
      ledger.faultEnds(to);
    };

    it.each([
      ["from its acceptance on", () => {}, 39_000],
      ["from the end of a fault", fault(1_500, 5_000), 35_000],
      ["until a fault begins", fault(35_000, 39_500), 34_000],
      ["before a fault that came later", fault(50_000, 51_000), 39_000],
      [
        "until a fault that is still under way",
        (ledger: Ledger) => ledger.faultBegins("api", 38_000),
        37_000,
      ],
    ])("%s", (_when, prepare, slowestMs) => {
      expect(late(prepare)).toMatchObject({ stuck: 1, slowestMs });
    });

    it.each([
      ["a fault ended less than 30 s ago", fault(1_500, 15_000), 25_000],
      ["the fault is still under way", (ledger: Ledger) => ledger.faultBegins("api", 3_000), 2_000],
      ["its recipient came later", (ledger: Ledger) => ledger.isPresent("bob", 20_000), 20_000],
      ["a fault parts two shorter waits", fault(20_000, 21_000), 19_000],
    ])("but not if %s", (_why, prepare, slowestMs) => {
      expect(late(prepare)).toMatchObject({ stuck: 0, slowestMs });
    });

    it("and names it, with the fault before", () => {
      const ledger = acceptedLedger();
      fault(1_500, 5_000)(ledger);
      ledger.receives("bob", message("1", "data"), 40_000);
      expect(ledger.waits()).toEqual([{ id: "1", recipient: "bob", ms: 35_000, after: "redis" }]);
    });
  });

  it.each([
    ["another user's message", (ledger: Ledger) => ledger.receives("eve", message("1", "data"), 1_001)],
    ["bytes that were never sent", (ledger: Ledger) => ledger.receives("bob", message("1", "other"), 1_001)],
    [
      "a second id of one message",
      (ledger: Ledger) => {
        ledger.receives("bob", message("1", "data"), 1_001);
        ledger.receives("bob", message("2", "data"), 1_002);
      },
    ],
    [
      "one id for two messages",
      (ledger: Ledger) => {
        ledger.intends("more", "bob");
        ledger.accepts("1", "more", 1_002);
      },
    ],
  ])("counts as wrong %s", (_what, happen) => {
    const ledger = acceptedLedger();
    happen(ledger);
    expect(ledger.report().wrong).toBe(1);
  });

  it("counts the messages under way to present users", () => {
    const ledger = acceptedLedger();
    expect(ledger.overdueCount).toBe(0); // Bob was not present
    ledger.isPresent("bob", 1_001);
    ledger.intends("more", "bob");
    ledger.accepts("2", "more", 1_002);
    expect(ledger.overdueCount).toBe(1);
    ledger.receives("bob", message("2", "more"), 1_003);
    expect(ledger.overdueCount).toBe(0);
  });

  it("counts what was never accepted", () => {
    const ledger = acceptedLedger();
    ledger.intends("more", "bob");
    expect(ledger.report()).toMatchObject({ sent: 1, refused: 1 });
  });
});
