/** Comma-separated values as spreadsheets write them (RFC 4180), with a comma, a semicolon or a tab between the fields. */

interface CsvRow {
  /** Where the row begins in the file, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Rows that hold something, in order; fields without white space around them. A quoted field may hold the separator, line breaks and
 * doubled quotes. Never throws: a quote that never closes takes the rest of the file as one field. Linear in its length.
 */
export function readCsv(text: string): readonly CsvRow[] {
  const source = text.replace(/^\ufeff/, "");
  const separator = separatorOf(source);
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let field = "";
  let quoted = false;
  let line = 1;
  let began = 1;
  const endField = (): void => {
    fields.push(field.trim());
    field = "";
  };
  const endRow = (): void => {
    endField();
    if (fields.some((one) => one !== "")) rows.push({ line: began, fields });
    fields = [];
    began = line + 1;
  };
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at] ?? "";
    if (quoted) {
      if (char === '"' && source[at + 1] === '"') {
        field += '"';
        at += 1;
      } else if (char === '"') quoted = false;
      else field += char;
    } else if (char === '"' && field.trim() === "") {
      field = "";
      quoted = true;
    } else if (char === separator) endField();
    else if (char === "\n") endRow();
    else if (char !== "\r") field += char;
    if (char === "\n") line += 1;
  }
  endRow();
  return rows;
}

/** Whichever stands most in the first line: spreadsheets of some countries write semicolons. */
function separatorOf(source: string): string {
  const first = source.slice(0, source.search(/\n|$/));
  const count = (char: string): number => first.split(char).length;
  return [";", "\t"].reduce((best, char) => (count(char) > count(best) ? char : best), ",");
}
