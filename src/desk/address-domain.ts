/**
 * Whose address is it: questions about the domain of an addr-spec, asked by threading, recipients and risk.
 * All comparisons ignore case; the local part too, since no mail system in use tells `Ana@` from `ana@`.
 */

/**
 * Providers where anyone can have an address: their domain says nothing about which client a person belongs to.
 * Regional second-level names (`yahoo.co.uk`, `hotmail.fr`) are matched by their first label, see `isFreemail`.
 */
const FREEMAIL: ReadonlySet<string> = new Set(
  (
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com yahoo.com ymail.com rocketmail.com " +
    "aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.com " +
    "tuta.io tutamail.com keemail.me gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.us gmx.fr gmx.co.uk web.de freenet.de t-online.de " +
    "magenta.de arcor.de online.de posteo.de posteo.net mailbox.org email.de mail.de vodafone.de vodafonemail.de orange.fr wanadoo.fr " +
    "free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr bluewin.ch hispeed.ch sunrise.ch chello.at aon.at a1.net " +
    "libero.it virgilio.it alice.it tin.it tiscali.it inwind.it iol.it telefonica.net terra.es ono.com sapo.pt skynet.be telenet.be " +
    "scarlet.be ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl home.nl xs4all.nl upcmail.nl btinternet.com btopenworld.com " +
    "virginmedia.com virgin.net ntlworld.com blueyonder.co.uk sky.com talktalk.net talk21.com tiscali.co.uk o2.co.uk eircom.net " +
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net juno.com netzero.net " +
    "frontier.com windstream.net centurylink.net rogers.com shaw.ca sympatico.ca telus.net videotron.ca bigpond.com bigpond.net.au " +
    "optusnet.com.au iinet.net.au xtra.co.nz mail.com email.com usa.com inbox.com fastmail.com fastmail.fm hushmail.com zoho.com " +
    "zohomail.com zohomail.eu hey.com duck.com mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru " +
    "ukr.net i.ua abv.bg wp.pl o2.pl onet.pl interia.pl op.pl gazeta.pl seznam.cz email.cz centrum.cz azet.sk zoznam.sk freemail.hu " +
    "citromail.hu qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com daum.net hanmail.net " +
    "nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com"
  ).split(" "),
);

/** Names that the same provider uses under many country domains. */
const FREEMAIL_LABELS: ReadonlySet<string> = new Set(["yahoo", "hotmail", "live", "outlook", "ymail"]);

/** The part after the last `@`, in lower case; "" where there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at === -1 ? "" : address.slice(at + 1).toLowerCase();
}

export function sameAddress(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether anyone can open an address under this domain: such a domain is never a client's. */
export function isFreemail(domain: string): boolean {
  const name = domain.toLowerCase();
  if (FREEMAIL.has(name)) return true;
  const labels = name.split(".");
  const country = labels.length === 2 || (labels.length === 3 && (labels[1] ?? "").length <= 3);
  return country && FREEMAIL_LABELS.has(labels[0] ?? "") && (labels.at(-1) ?? "").length === 2;
}

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
  return deskAddresses.some((own) => sameAddress(address, own) || sameAddress(withoutSubAddress(address), own));
}

/** RFC 5233: `local+detail@domain` → `local@domain`. */
export function withoutSubAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const plus = address.indexOf("+");
  return plus > 0 && plus < at ? address.slice(0, plus) + address.slice(at) : address;
}
