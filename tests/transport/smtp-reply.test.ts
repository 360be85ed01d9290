import { describe, expect, it } from "vitest";
import { ReplyReader, spoken } from "../../src/transport/smtp-reply.ts";

describe("reading SMTP replies", () => {
  it("reads one line, several lines, and several replies in one piece", () => {
    const replies = new ReplyReader().push(
      Buffer.from(
        "250-relay.example\r\n250-SIZE 1000\r\n250 PIPELINING\r\n550 5.1.1 no such user\r\n354\r\n",
      ),
    );
    expect(replies.map(spoken)).toEqual([
      "250 relay.example SIZE 1000 PIPELINING",
      "550 5.1.1 no such user",
      "354",
    ]);
    expect(replies[0]?.lines).toEqual(["relay.example", "SIZE 1000", "PIPELINING"]);
    expect(replies[1]).toMatchObject({ code: 550, enhancedCode: "5.1.1", text: "no such user" });
  });

  it("takes the enhanced code off every line", () => {
    const [reply] = new ReplyReader().push(
      Buffer.from("550-5.7.1 spam\r\n550 5.7.1 see https://relay.example\r\n"),
    );
    expect(reply).toMatchObject({ enhancedCode: "5.7.1", text: "spam see https://relay.example" });
  });

  it("reads byte by byte, also in the middle of a character", () => {
    const reader = new ReplyReader();
    const replies = [...Buffer.from("250-höflich\r\n250 größer\r\n")].flatMap((byte) =>
      reader.push(Buffer.from([byte])),
    );
    expect(replies.map(({ text }) => text)).toEqual(["höflich größer"]);
  });

  it.each(["HTTP/1.1 400 Bad Request\r\n", "25 ok\r\n", "650 ok\r\n", "\r\n", "2500 ok\r\n"])(
    "refuses %j",
    (text) => {
      expect(() => new ReplyReader().push(Buffer.from(text))).toThrow("not SMTP");
    },
  );

  it.each([
    ["a line", "250 " + "x".repeat(100_000)],
    ["a reply", "250-more\r\n".repeat(10_000)],
  ])("refuses %s without an end", (_name, text) => {
    expect(() => new ReplyReader().push(Buffer.from(text))).toThrow("no end");
  });
});
