// Says that scripts run, before anything is drawn; a file of its own because no script stands inside a page.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
