import { Command } from "commander";

export function demoCommand(): Command {
  return new Command("demo").description(
    "a desk with everything embedded, a dozen support mails, and a page to play both sides",
  );
}
