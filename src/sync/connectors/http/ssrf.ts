import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Who an address belongs to. Private ones may be allowed by the operator; special ones (cloud metadata, multicast, ...) never are. */
export type AddressScope = 'PUBLIC' | 'PRIVATE' | 'SPECIAL';

/** Resolves a name to all its addresses, as `dns.lookup` with `all` does. */
export type Resolve = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/** Keeps requests to customers' URLs away from our own network. */
export interface AddressGuard {
  /** Why a request may not go to this URL, in plain words; null: it may, as far as can be told without resolving its name. */
  refusalOf(url: URL): string | null;
  /**
   * For the socket's `lookup`: resolves, checks, and hands over only what was checked, so that a name which changes between a check and
   * the connection (DNS rebinding) gains nothing. Fails with BlockedAddressError.
   */
  lookup: LookupFunction;
}

/** The name leads to an address that requests may not go to. */
export class BlockedAddressError extends Error {
  readonly code = 'ERR_BLOCKED_ADDRESS';
  constructor(hostname: string) {
    super(`${hostname} leads to an address that is not allowed.`);
  }
}

/** The guard of one process; `allowPrivateNetworks` also permits http, any port, loopback and private addresses. */
export function createAddressGuard(options: { allowPrivateNetworks: boolean; resolve?: Resolve }): AddressGuard {
  const { allowPrivateNetworks, resolve = dns.lookup } = options;
  const isAllowed = (address: string) => {
    const scope = scopeOf(address);
    return scope === 'PUBLIC' || (scope === 'PRIVATE' && allowPrivateNetworks);
  };

  return {
    refusalOf(url) {
      if (url.protocol !== 'https:' && !(allowPrivateNetworks && url.protocol === 'http:')) {
        return allowPrivateNetworks
          ? 'The URL must start with https:// or http://.'
          : 'The URL must start with https://.';
      }
      if (url.username || url.password) return 'The URL must not contain a user name or a password.';
      if (url.port && !allowPrivateNetworks) return 'The URL must not name a port: only 443 is allowed.';
      const host = hostOf(url);
      if (ipaddr.isValid(host) && !isAllowed(host)) return 'The address in the URL is not a public one.';
      return null;
    },

    lookup(hostname, lookupOptions, callback) {
      const asked = { ...lookupOptions, all: true as const };
      resolve(hostname, asked as dns.LookupAllOptions, (error, addresses) => {
        if (error) return callback(error, []);
        const [first] = addresses;
        // One bad address condemns the name: a mixed answer is how a rebinding attack looks.
        if (!first || !addresses.every(({ address }) => isAllowed(address))) {
          return callback(new BlockedAddressError(hostname), []);
        }
        if (lookupOptions.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    },
  };
}

/** The host without the brackets of an IPv6 literal. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

// Sources: IANA special-purpose address registries, RFC 6598, RFC 6052, RFC 3056, RFC 4193; read 2026-11.
const privateRanges = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);
const globalUnicast: [ipaddr.IPv6, number] = [new ipaddr.IPv6([0x2000, 0, 0, 0, 0, 0, 0, 0]), 3];
const localNat64: [ipaddr.IPv6, number] = [new ipaddr.IPv6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0]), 48];

/** The scope of a literal address; an IPv6 form that carries an IPv4 address is judged by what it carries. */
export function scopeOf(address: string): AddressScope {
  if (!ipaddr.isValid(address)) return 'SPECIAL';
  const parsed = ipaddr.parse(address);
  const range: string = parsed.range();
  if (privateRanges.has(range)) return 'PRIVATE';
  if (!(parsed instanceof ipaddr.IPv6)) return range === 'unicast' ? 'PUBLIC' : 'SPECIAL';
  const carried = carriedIPv4(parsed, range);
  if (carried) return scopeOf(carried);
  return range === 'unicast' && parsed.match(globalUnicast) ? 'PUBLIC' : 'SPECIAL';
}

function carriedIPv4(address: ipaddr.IPv6, range: string): string | null {
  const bytes = address.toByteArray();
  if (range === '6to4') return bytes.slice(2, 6).join('.');
  const nat64 = range === 'rfc6052' && !address.match(localNat64);
  return range === 'ipv4Mapped' || range === 'rfc6145' || nat64 ? bytes.slice(12, 16).join('.') : null;
}
