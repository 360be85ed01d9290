import { domainOf, isFreemail, sameAddress } from "../mail/address.ts";

/** Whose address is it: what threading, recipients and risk ask about an addr-spec. */

/** Whether the address is under one of the domains, or a subdomain of one. Freemail domains never count. */
export function isUnderDomains(address: string, domains: readonly string[]): boolean {
  const domain = domainOf(address);
  if (domain === "" || isFreemail(domain)) return false;
  return domains.some((owned) => {
    const name = owned.toLowerCase();
    return name !== "" && !isFreemail(name) && (domain === name || domain.endsWith(`.${name}`));
  });
}

/** Whether the address is one of the desk's own, also with a sub-address: `review+a1.xyz@` is `review@`. */
export function isDeskAddress(address: string, deskAddresses: readonly string[]): boolean {
  return deskAddresses.some(
    (own) => sameAddress(address, own) || sameAddress(withoutSubAddress(address), own),
  );
}

/** RFC 5233: `local+detail@domain` → `local@domain`. */
export function withoutSubAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const plus = address.indexOf("+");
  return plus > 0 && plus < at ? address.slice(0, plus) + address.slice(at) : address;
}
