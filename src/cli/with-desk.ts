import { readConfig, takesConfig, type ConfigOption } from "./config-option.ts";
import { createLog } from "./log.ts";
import { openDesk, type OpenDesk } from "./open-desk.ts";

export { readConfig, takesConfig, type ConfigOption };

/** Open the desk's database and hand it to `work`, quietly; a command prints its own words. */
export async function withDesk<T>(option: ConfigOption, work: (open: OpenDesk) => Promise<T>): Promise<T> {
  const config = await readConfig(option);
  const open = await openDesk(config, createLog({ level: "warn", format: config.log.format }));
  try {
    return await work(open);
  } finally {
    await open.desk.queue.stop();
    await open.close();
  }
}
