// The warning two minutes before the session ends: saves drafts, lets the person stay, or leaves for the sign-in page.
const WARNING = 120;

export function watchTimeOut(dialog, saveDrafts) {
  if (!dialog) {
    return;
  }
  const left = dialog.querySelector("[data-time-left]");
  const drafts = dialog.querySelector("[data-drafts]");
  let ends = Date.now() + Number(dialog.dataset.seconds) * 1000;

  setInterval(tick, 1000);
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });

  async function tick() {
    const seconds = Math.round((ends - Date.now()) / 1000);
    if (seconds <= 0) {
      window.location.reload();
    } else if (seconds <= WARNING) {
      left.textContent = seconds > 60 ? "2 minutes" : seconds > 30 ? "1 minute" : `${seconds} seconds`;
      if (!dialog.open) {
        dialog.showModal();
        drafts.textContent = (await saveDrafts()) ? "Your draft is saved." : "";
      }
    }
  }

  async function stay() {
    const token = document.querySelector("meta[name=csrf-token]").content;
    try {
      const answer = await fetch(dialog.dataset.extend, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" });
      ends = Date.now() + (await answer.json()).seconds_left * 1000;
      dialog.close();
    } catch {
      window.location.reload();
    }
  }
}
