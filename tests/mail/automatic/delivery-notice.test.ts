import { describe, expect, test } from "vitest";
import { addressIn } from "../../../src/mail/automatic/delivery-notice.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";

/** Notices that are not RFC 3464, in the words of the systems that write them: status, action, kind, reason, recipient. */

const ORIGINAL = `
From: support@desk.example
To: bo@client.example
Subject: Re: VPN
Message-ID: <o1@desk.example>

Hi
`;

interface Notice {
  readonly system: string;
  readonly from: string;
  readonly subject: string;
  /** Beside From, Subject and To. */
  readonly headers?: string;
  readonly body: string;
  readonly expected: readonly [status: string, action: string, kind: string, reason: string];
}

const NULL_PATH = "Return-Path: <>\n";

const NOTICES: readonly Notice[] = [
  {
    system: "qmail",
    from: "MAILER-DAEMON@mx.client.example",
    subject: "failure notice",
    headers: NULL_PATH,
    body: `Hi. This is the qmail-send program at mx.client.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bo@client.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
${ORIGINAL}`,
    expected: ["5.1.1", "failed", "hard", "no such mailbox"],
  },
  {
    system: "qmail, quoting the other server with underscores",
    from: "MAILER-DAEMON@mx.client.example",
    subject: "failure notice",
    headers: NULL_PATH,
    body: `Hi. This is the qmail-send program at x.
I'm afraid I wasn't able to deliver your message to the following addresses.

<bo@client.example>:
192.0.2.3_does_not_like_recipient./Remote_host_said:_550_5.1.1_User_unknown/Giving_up_on_192.0.2.3./

--- Below this line is a copy of the message.
${ORIGINAL}`,
    expected: ["5.1.1", "failed", "hard", "no such mailbox"],
  },
  {
    system: "qmail, over quota",
    from: "MAILER-DAEMON@mx.client.example",
    subject: "failure notice",
    headers: NULL_PATH,
    body: `Hi. This is the qmail-send program at x.

<bo@client.example>:
The users mailfolder is over the allowed quota (size). (#5.2.2)

--- Below this line is a copy of the message.
${ORIGINAL}`,
    expected: ["5.2.2", "failed", "hard", "mailbox full"],
  },
  {
    system: "Exim",
    from: "Mail Delivery System <Mailer-Daemon@mx.example>",
    subject: "Mail delivery failed: returning message to sender",
    headers: "Return-Path: <>\nAuto-Submitted: auto-replied\nX-Failed-Recipients: bo@client.example\n",
    body: `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bo@client.example
    SMTP error from remote mail server after RCPT TO:<bo@client.example>:
    host mx.client.example [192.0.2.3]: 550 5.2.1 <bo@client.example>:
    Mailbox disabled for this recipient

------ This is a copy of the message, including all the headers. ------
${ORIGINAL}`,
    expected: ["5.2.1", "failed", "hard", "mailbox is disabled"],
  },
  {
    system: "Exim, delayed",
    from: "Mail Delivery System <Mailer-Daemon@mx.example>",
    subject: "Warning: message 1abc delayed 24 hours",
    headers: "Return-Path: <>\nAuto-Submitted: auto-replied\n",
    body: `This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.

The message identifier is:     1abc
The address to which the message has not yet been delivered is:

  bo@client.example

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals.`,
    expected: ["", "delayed", "soft", "try again later"],
  },
  {
    system: "Exchange 5.5",
    from: "System Administrator <postmaster@client.example>",
    subject: "Undeliverable: Re: VPN",
    headers: NULL_PATH,
    body: `Your message

  To:      bo@client.example
  Subject: Re: VPN
  Sent:    Mon, 2 Mar 2026 09:00:00 +0000

did not reach the following recipient(s):

bo@client.example on Mon, 2 Mar 2026 09:00:10 +0000
    The recipient name is not recognized
	The MTS-ID of the original message is: c=us;a= ;p=client;l=X-1
    MSEXCH:IMS:Client:X:Y 0 (000C05A6) Unknown Recipient`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Microsoft's SMTP service without a report part",
    from: "postmaster@client.example",
    subject: "Delivery Status Notification (Failure)",
    headers: NULL_PATH,
    body: `This is an automatically generated Delivery Status Notification.

Delivery to the following recipients failed.

       bo@client.example`,
    expected: ["", "failed", "hard", "delivery failed"],
  },
  {
    system: "GroupWise",
    from: "Mailer-Daemon@mail.client.example",
    subject: "Message status - undeliverable",
    headers: NULL_PATH,
    body: `The message that you sent was undeliverable to the following:
	bo@client.example (user not found)

Possibly truncated original message follows:
${ORIGINAL}`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Lotus Notes",
    from: "postmaster@client.example",
    subject: "DELIVERY FAILURE: User bo (bo@client.example) not listed in Domino Directory",
    headers: NULL_PATH,
    body: `Your message

  Subject: Re: VPN

was not delivered to:

  bo@client.example

because:

  User bo (bo@client.example) not listed in Domino Directory`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Yahoo of 2003",
    from: "MAILER-DAEMON@yahoo.com",
    subject: "failure notice",
    headers: NULL_PATH,
    body: `Message from yahoo.com.
Unable to deliver message to the following address(es).

<bo@client.example>:
This user doesn't have a yahoo.com account (bo@client.example) [-5] - mta1.mail.yahoo.com

--- Original message follows.
${ORIGINAL}`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Yahoo of 2010",
    from: "MAILER-DAEMON@yahoo.com",
    subject: "Failure Notice",
    headers: NULL_PATH,
    body: `Sorry, we were unable to deliver your message to the following address.

<bo@client.example>:
554: delivery error: dd Sorry your message to bo@client.example cannot be delivered. This account has been disabled or discontinued [#102].

--- Below this line is a copy of the message.
${ORIGINAL}`,
    expected: ["", "failed", "hard", "mailbox is disabled"],
  },
  {
    system: "IMail (SMTP32), quota",
    from: "Postmaster@client.example",
    subject: "Undeliverable Mail",
    headers: "X-Mailer: <SMTP32 v8.05>\n",
    body: `User mailbox exceeds allowed size: bo@client.example


Original message follows.
${ORIGINAL}`,
    expected: ["", "failed", "hard", "mailbox full"],
  },
  {
    system: "IMail (SMTP32), unknown",
    from: "Postmaster@client.example",
    subject: "Undeliverable Mail",
    headers: "X-Mailer: <SMTP32 v8.05>\n",
    body: `Unknown user: bo@client.example


Original message follows.
${ORIGINAL}`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Netscape Messaging Server",
    from: "Mail Administrator <Postmaster@client.example>",
    subject: "Mail System Error - Returned Mail",
    headers: NULL_PATH,
    body: `This Message was undeliverable due to the following reason:

Your message was not delivered because the destination computer was
not reachable within the allowed queue period.

Host client.example is not responding.

The following recipients did not receive this message:

     <bo@client.example>

Please reply to Postmaster@client.example
if you feel this message to be in error.`,
    expected: ["", "failed", "hard", "the recipient's mail server did not answer"],
  },
  {
    system: "AOL, plain sendmail text",
    from: "MAILER-DAEMON@aol.com",
    subject: "Returned mail: User unknown",
    headers: NULL_PATH,
    body: `The original message was received at Mon, 2 Mar 2026 04:08:56 -0400 (EDT)
from desk.example [192.0.2.1]

*** ATTENTION ***

Your e-mail is being returned to you because there was a problem with its
delivery.

   ----- The following addresses had permanent fatal errors -----
<bo@client.example>

   ----- Transcript of session follows -----
... while talking to air-xj.mail.aol.com.:
>>> RCPT To:<bo@client.example>
<<< 550 MAILBOX NOT FOUND
550 <bo@client.example>... User unknown`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Postfix, text alone",
    from: "MAILER-DAEMON@mx.example (Mail Delivery System)",
    subject: "Undelivered Mail Returned to Sender",
    headers: "Return-Path: <>\nAuto-Submitted: auto-replied\n",
    body: `This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<bo@client.example>: Host or domain name not found. Name service error for
    name=client.example type=AAAA: Host not found`,
    expected: ["", "failed", "hard", "domain not found"],
  },
  {
    system: "Postfix, delayed",
    from: "MAILER-DAEMON@mx.example (Mail Delivery System)",
    subject: "Delayed Mail (still being retried)",
    headers: "Return-Path: <>\nAuto-Submitted: auto-replied\n",
    body: `This is the mail system at host mx.example.

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

<bo@client.example>: connect to client.example[192.0.2.3]:25: Connection timed out`,
    expected: ["", "delayed", "soft", "the recipient's mail server did not answer"],
  },
  {
    system: "Courier",
    from: "Mail Delivery Subsystem <mailer-daemon@mx.example>",
    subject: "NOTICE: mail delivery status.",
    headers: NULL_PATH,
    body: `This is a delivery status notification from mx.example,
running the Courier mail server.

UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<bo@client.example>:
    client.example [192.0.2.3]:
>>> RCPT TO:<bo@client.example>
<<< 550 User <bo@client.example> unknown`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Mimecast",
    from: "postmaster@mx.example",
    subject: "[Postmaster] Email Delivery Failure",
    headers: NULL_PATH,
    body: `A message from you could not be delivered to the following recipients:

bo@client.example

The following diagnostic information was provided: 550 Invalid Recipient`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Sina",
    from: "postmaster@sina.example",
    subject: "系统退信",
    headers: NULL_PATH,
    body: `抱歉，您的邮件被退回来了

收件人: bo@client.example
原因: 550 User not found: bo@client.example`,
    expected: ["", "failed", "hard", "no such mailbox"],
  },
  {
    system: "Amazon SES",
    from: "MAILER-DAEMON@eu-west-1.amazonses.com",
    subject: "Delivery Status Notification (Failure)",
    headers: NULL_PATH,
    body: `An error occurred while trying to deliver the mail to the following recipients:
bo@client.example`,
    expected: ["", "failed", "hard", "delivery failed"],
  },
  {
    system: "MDaemon",
    from: "MAILER-DAEMON@mx.example",
    subject: "Permanent Delivery Failure",
    headers: "Return-Path: <>\nX-MDaemon-Deliver-To: support@desk.example\n",
    body: `The attached message had PERMANENT fatal delivery errors!

After one or more unsuccessful delivery attempts the attached message has
been removed from the mail queue on this server.

Failed address: bo@client.example

--- Session Transcript ---
 <-- 550 5.1.1 <bo@client.example>: Recipient address rejected`,
    expected: ["5.1.1", "failed", "hard", "no such mailbox"],
  },
  {
    system: "hMailServer",
    from: "mailer-daemon@mx.example",
    subject: "Message undeliverable: Re: VPN",
    headers: NULL_PATH,
    body: `Your message did not reach some or all of the intended recipients.

   Sent: Mon, 2 Mar 2026
   Subject: Re: VPN

The following recipient(s) could not be reached:

bo@client.example
   Error Type: SMTP
   Remote server (192.0.2.3) issued an error.
   hMailServer sent: RCPT TO:<bo@client.example>
   Remote server replied: 452 4.2.2 Mailbox full

hMailServer`,
    expected: ["4.2.2", "failed", "soft", "mailbox full"],
  },
  {
    system: "GMX",
    from: "mailer-daemon@gmx.example",
    subject: "Mail delivery failed: returning message to sender",
    headers: "Return-Path: <>\nAuto-Submitted: auto-replied\n",
    body: `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

bo@client.example:
SMTP error from remote server for RCPT TO command, host: mx.client.example (192.0.2.3) reason: 550 5.4.1 Recipient address rejected: Access denied.

--- The header of the original message is following. ---
${ORIGINAL}`,
    expected: ["5.4.1", "failed", "hard", "no such mailbox"],
  },
];

describe("notices that only people can read", () => {
  test.each(NOTICES)("$system", async ({ from, subject, headers, body, expected }) => {
    const head = `From: ${from}\nTo: support@desk.example\nSubject: ${subject}\nMessage-ID: <n1@x.example>\n${headers ?? ""}`;
    const text = `${head}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${body}\n`;
    const message = await parseMessage({ bytes: Buffer.from(text.replaceAll("\n", "\r\n")) });
    const found = message.deliveryStatus;
    expect(message.automatic.verdict).toBe("bounce");
    expect([found?.status, found?.action, found?.kind, found?.reason]).toEqual(expected);
    expect(found?.finalRecipient).toBe("bo@client.example");
    expect(found?.recipients).toContain("bo@client.example");
    expect(found?.originalMessageIds).toEqual(body.includes(ORIGINAL) ? ["<o1@desk.example>"] : []);
  });
});

// Found by the fuzz of the reader: marks around an address that leave one half of it.
test.each([
  ["rfc822; ana@contoso.example", "ana@contoso.example"],
  ["'ana@CONTOSO.example'.", "ana@contoso.example"],
  ["#@*", ""],
  ["'@contoso.example", ""],
])("the address in %j is %j", (text, address) => {
  expect(addressIn(text)).toBe(address);
});
