import { type NetworkPrefix, UNKNOWN_NETWORK } from "@dumbwaiter/core";
import ipaddr from "ipaddr.js";

/** Addresses that proxies, load balancers, nodes and pods have: they say nothing about the client behind them. */
const INNER_RANGES = new Set<string>([
  "unspecified",
  "loopback",
  "private",
  "linkLocal",
  "uniqueLocal",
  "carrierGradeNat",
]);

/**
 * The network of an address: the /24 of IPv4, also when written as IPv6 (`::ffff:203.0.113.7`, or by NAT64), and the
 * /48 of IPv6. Within these, one customer of a provider easily gets many addresses. An inner address, and what is no
 * address, belongs to the unknown network.
 */
export function networkOf(address: string): NetworkPrefix {
  if (!ipaddr.isValid(address)) return UNKNOWN_NETWORK;
  const parsed = untranslated(ipaddr.process(address));
  if (INNER_RANGES.has(parsed.range())) return UNKNOWN_NETWORK;
  const prefix =
    "octets" in parsed
      ? `${parsed.octets.slice(0, 3).join(".")}.0/24`
      : `${parsed.parts
          .slice(0, 3)
          .map((part) => part.toString(16))
          .join(":")}::/48`;
  return prefix as NetworkPrefix;
}

/** Of an address by NAT64 (RFC 6052), the IPv4 address in it. */
function untranslated(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  return address.range() === "rfc6052" ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}
