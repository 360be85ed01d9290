/** What an issuer's or a server's refusal means, and who must do what where. Sentences for a log, readyz, an alert. */

interface IssuerRefusal {
  /** RFC 6749 §5.2. "" when the answer had none. */
  readonly error: string;
  /** The first AADSTS number of Microsoft's `error_codes` or description; `null` elsewhere. */
  readonly aadsts: number | null;
  /** Google's `error_subtype`; "" elsewhere. */
  readonly subtype: string;
  /** Whether a refresh token was shown; else client credentials. */
  readonly refresh: boolean;
}

const ENTRA = "An administrator opens the Entra admin center, App registrations, this app";
const SIGN_IN_AGAIN =
  "Somebody signs in as the mailbox's user, consents again, and puts the new refresh token into oauth2.refresh_token; then restart the desk";

/** Microsoft's numbers (Entra "authentication and authorization error codes"). They may change, so each falls back on the OAuth code. */
const MICROSOFT: ReadonlyMap<number, string> = new Map([
  [
    7_000_222,
    `The client secret has expired. ${ENTRA}, Certificates & secrets, makes a new one and puts its Value into oauth2.client_secret; then restart the desk`,
  ],
  [
    7_000_215,
    `The client secret is wrong. Put the secret's Value (not its Secret ID) into oauth2.client_secret; then restart the desk`,
  ],
  [
    7_000_112,
    "The app is disabled. An administrator enables it in Entra, Enterprise applications, Properties",
  ],
  [
    700_016,
    "The tenant does not know this app. Check oauth2.client_id and oauth2.tenant, and that an administrator has consented",
  ],
  [90_002, "There is no such tenant. Check oauth2.tenant"],
  [900_023, "There is no such tenant. Check oauth2.tenant"],
  [65_001, `Consent is missing or was withdrawn. ${ENTRA}, API permissions, grants admin consent`],
  [
    500_011,
    "The scope names a service that the tenant has not. Check oauth2.scope: https://outlook.office365.com/.default",
  ],
  [70_011, "The scope is not valid. Check oauth2.scope: https://outlook.office365.com/.default"],
  [1_002_012, "The scope is not valid. Check oauth2.scope: https://outlook.office365.com/.default"],
  [
    53_003,
    "Conditional Access refuses this login. An administrator excludes the app or the mailbox's user from that policy",
  ],
  [50_076, `Conditional Access asks for a second factor. ${SIGN_IN_AGAIN}`],
  [70_008, `The refresh token has expired. ${SIGN_IN_AGAIN}`],
  [700_082, `The refresh token has expired after a long time without use. ${SIGN_IN_AGAIN}`],
  [50_173, `The grant was revoked, mostly by a new password. ${SIGN_IN_AGAIN}`],
]);

const BY_ERROR: ReadonlyMap<string, string> = new Map([
  ["invalid_client", "Check oauth2.client_id and oauth2.client_secret"],
  [
    "unauthorized_client",
    "The issuer does not let this app ask in this way. Check oauth2.client_id and the kind of the app",
  ],
  ["invalid_scope", "Check oauth2.scope"],
  ["access_denied", "The issuer refuses this app. Ask an administrator there to allow it"],
  [
    "deleted_client",
    "The app was deleted there. Make a new OAuth client, and put its id and secret into oauth2",
  ],
  ["disabled_client", "The app is disabled there. Enable it, or make a new OAuth client"],
]);

/** What to do about a refusal, as one or two sentences without a full stop at the end. */
export function issuerAdvice({ error, aadsts, subtype, refresh }: IssuerRefusal): string {
  const known = aadsts === null ? undefined : MICROSOFT.get(aadsts);
  if (known !== undefined) return known;
  if (subtype === "invalid_rapt")
    return `Google Workspace ends this app's sessions. A Workspace administrator marks the app as trusted (Security, API controls). ${SIGN_IN_AGAIN}`;
  if (error === "invalid_grant")
    return refresh
      ? `The consent has expired or was revoked. ${SIGN_IN_AGAIN}. At Google, an app whose publishing status is Testing loses its consent every seven days`
      : "The issuer does not accept this grant. Check that the app may use client credentials";
  return BY_ERROR.get(error) ?? "Check oauth2.client_id, oauth2.client_secret and oauth2.scope";
}

/** What to do when a mail server refuses a login, by the kind of login and by the server. */
export function loginAdvice(
  protocol: "imap" | "smtp",
  login: { readonly host: string; readonly user: string; readonly oauth2: boolean },
): string {
  const { user } = login;
  const section = protocol === "imap" ? "imap" : "relay";
  if (!login.oauth2) return `Check ${section}.user and ${section}.pass`;
  const host = login.host.toLowerCase();
  if (host.endsWith(".office365.com") || host.endsWith(".outlook.com"))
    return protocol === "imap"
      ? `In Entra the app needs the application permission IMAP.AccessAsApp with admin consent; in Exchange Online its service principal needs FullAccess to ${user} (Add-MailboxPermission), and IMAP must be on for that mailbox (Set-CASMailbox -ImapEnabled $true)`
      : `In Entra the app needs the application permission SMTP.SendAsApp with admin consent; in Exchange Online its service principal needs FullAccess and SendAs on ${user}, and SMTP AUTH must be on for that mailbox (Set-CASMailbox -SmtpClientAuthenticationDisabled $false)`;
  if (host.endsWith(".gmail.com") || host.endsWith(".googlemail.com"))
    return `The refresh token must come from a consent that ${user} itself gave, for the scope https://mail.google.com/`;
  return `Check that ${section}.user is the account that the token was given for, and oauth2.scope`;
}
