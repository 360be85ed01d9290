/**
 * Names that phishing borrows most, with the domains that are theirs. A name counts only as words of its own: "Microsoft
 * Outlook", not "Microsoftware". Short list on purpose: what is missing is found by other signs.
 */
const BRANDS: readonly { readonly name: RegExp; readonly domains: readonly string[] }[] = [
  {
    name: /\b(?:microsoft|office ?365|outlook (?:web|team|support)|onedrive|sharepoint|windows defender)\b/,
    domains: [
      "microsoft.com",
      "microsoftonline.com",
      "office.com",
      "office365.com",
      "sharepoint.com",
      "outlook.com",
      "live.com",
      "windows.net",
      "microsoft365.com",
      "office.net",
      "cloud.microsoft",
    ],
  },
  {
    name: /\bpaypal\b/,
    domains: ["paypal.com", "paypal.de", "paypal.fr", "paypal.co.uk", "paypal-communication.com"],
  },
  {
    name: /\bamazon\b/,
    domains: [
      "amazon.com",
      "amazon.de",
      "amazon.co.uk",
      "amazon.fr",
      "amazon.es",
      "amazon.it",
      "amazonaws.com",
      "amazonses.com",
    ],
  },
  { name: /\b(?:docusign)\b/, domains: ["docusign.com", "docusign.net"] },
  { name: /\b(?:dropbox)\b/, domains: ["dropbox.com", "dropboxmail.com"] },
  { name: /\b(?:dhl)\b/, domains: ["dhl.com", "dhl.de", "dpdhl.com"] },
  { name: /\b(?:fedex)\b/, domains: ["fedex.com"] },
  { name: /\b(?:netflix)\b/, domains: ["netflix.com"] },
  { name: /\b(?:apple id|icloud|apple support)\b/, domains: ["apple.com", "icloud.com"] },
  { name: /\b(?:google (?:drive|workspace|account|team))\b/, domains: ["google.com"] },
  { name: /\b(?:linkedin)\b/, domains: ["linkedin.com"] },
  { name: /\b(?:sparkasse)\b/, domains: ["sparkasse.de"] },
];

type Brand = (typeof BRANDS)[number];

/** The first well-known name in a text; `null` without one. */
export function brandOf(text: string): Brand | null {
  const words = text.slice(0, 200).toLowerCase();
  return BRANDS.find(({ name }) => name.test(words)) ?? null;
}

export function isBrandsOwn(brand: Brand, owner: string): boolean {
  return brand.domains.includes(owner);
}
