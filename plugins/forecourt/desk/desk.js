/* Starts the editor below /admin/ and teaches it how our files are written. */

import CMS from "./cms.js";
import { format } from "./heads.js";

const { config, words } = await (await fetch("desk.json")).json();
for (const { format: name, fields } of config.collections) {
  if (name) CMS.registerCustomFormat(name, "md", format(fields, words));
}
CMS.init({ config });
