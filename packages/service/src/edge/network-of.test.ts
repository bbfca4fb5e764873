import { UNKNOWN_NETWORK } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { networkOf } from "./network-of.ts";

it.each([
  ["203.0.113.7", "203.0.113.0/24"],
  ["203.0.113.254", "203.0.113.0/24"],
  ["203.0.114.7", "203.0.114.0/24"],
  ["::ffff:203.0.113.7", "203.0.113.0/24"],
  ["64:ff9b::cb00:7107", "203.0.113.0/24"],
  ["2001:db8:1:2::3", "2001:db8:1::/48"],
  ["2001:0db8:0001:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::/48"],
  ["2001:db8:2::", "2001:db8:2::/48"],
])("the network of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ...["127.0.0.1", "::1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.0.1", "100.64.0.1", "0.0.0.0"],
  ...["::ffff:10.0.0.7", "64:ff9b::a00:7", "fe80::1%eth0", "fd00::1", "::"],
  ...["", "unknown", "203.0.113.7:443", "_hidden", "203.0.113.0/24"],
])("the network of %s is unknown", (address) => {
  expect(networkOf(address)).toBe(UNKNOWN_NETWORK);
});
