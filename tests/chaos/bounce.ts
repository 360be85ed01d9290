import { read } from "../support/mail-program.ts";

/** RFC 3464: a relay says that a reply of the desk reached nobody. */
export async function bounceOf(reply: Buffer, recipient: string, messageId: string): Promise<string> {
  const { messageId: original, subject } = await read(reply);
  return `From: MAILER-DAEMON@relay.example
To: support@desk.example
Subject: Undelivered Mail Returned to Sender
Message-ID: ${messageId}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ${recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

From: support@desk.example
To: ${recipient}
Subject: ${subject}
Message-ID: ${original ?? ""}

Hi
--b--
`;
}
