// Enhances pages that work without it: the design system's parts, the time-out warning and drafts saved as you type.
import { initAll } from "./vendor/govuk-frontend/govuk-frontend.min.js";
import { keepDrafts, keepTyped, saveDraftsNow } from "./drafts.js";
import { watchFiles } from "./files.js";
import { offerPasskeys } from "./passkeys.js";
import { watchTimeOut } from "./time-out.js";

initAll();
keepDrafts(document.querySelectorAll("form[data-draft-url]"));
watchFiles(document.querySelectorAll("input[data-largest]"));
offerPasskeys(document.querySelectorAll("[data-passkey]"));
const timeOut = document.getElementById("time-out");
if (timeOut) {
  keepTyped(document.querySelectorAll("form[method=post][novalidate]:not([data-draft-url])"));
  watchTimeOut(timeOut, () => saveDraftsNow(timeOut.dataset.keep));
}

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
