// The warning two minutes before the session ends: keeps what was typed, lets the person stay, or leaves for sign-in.
// Only the server knows when that is: another page of the same session may have been used meanwhile.
const WARNING = 120;
const SAID_AT = [120, 60, 30, 10];

export function watchTimeOut(dialog, saveDrafts) {
  if (!dialog) {
    return;
  }
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  const title = document.title;
  let ends = Date.now() + Number(dialog.dataset.seconds) * 1000;
  let busy = false;
  let said = Infinity;
  let next = window.location.pathname + window.location.search;

  const ticking = setInterval(tick, 1000);
  part("stay").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });

  async function tick() {
    const seconds = Math.round((ends - Date.now()) / 1000);
    if (busy || seconds > WARNING) {
      return;
    }
    busy = true;
    try {
      if (dialog.open && seconds > 0) {
        count(seconds);
      } else if (!(await isOver()) && ends - Date.now() <= WARNING * 1000) {
        await warn();
      }
    } finally {
      busy = false;
    }
  }

  // Asking is no use of the session. Where it is over, this page is left at once.
  async function isOver() {
    const left = await secondsLeft();
    if (left === null) {
      clearInterval(ticking); // asked for again, a slow page would never come
      window.location.replace(`${dialog.dataset.signIn}?next=${encodeURIComponent(next)}`);
      return true;
    }
    ends = Date.now() + Math.max(left, 1) * 1000;
    if (left > WARNING) {
      close();
    }
    return false;
  }

  async function secondsLeft() {
    try {
      const answer = await fetch(dialog.dataset.left, { headers: { "X-Unattended": "1" }, redirect: "manual" });
      return answer.ok ? (await answer.json()).seconds_left : null;
    } catch {
      return null;
    }
  }

  async function warn() {
    if (dialog.open) {
      return;
    }
    said = Infinity;
    part("drafts").textContent = "";
    count(Math.round((ends - Date.now()) / 1000));
    dialog.showModal();
    document.title = `${dialog.dataset.title} – ${title}`;
    const saved = await saveDrafts();
    part("drafts").textContent = saved.words;
    next = saved.next || next;
  }

  // Said aloud four times, not every second.
  function count(seconds) {
    const words = seconds > 60 ? "2 minutes" : seconds > 30 ? "1 minute" : seconds === 1 ? "1 second" : `${seconds} seconds`;
    part("time-left").textContent = words;
    const due = SAID_AT.filter((each) => seconds <= each).pop();
    if (due < said) {
      said = due;
      part("said").textContent = `We will sign you out in ${words}.`;
    }
  }

  async function stay() {
    const token = document.querySelector("meta[name=csrf-token]").content;
    try {
      const answer = await fetch(dialog.dataset.extend, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" });
      const left = (await answer.json()).seconds_left;
      ends = Date.now() + left * 1000;
      if (left > WARNING) {
        close();
      } else {
        // Eight hours are over: nothing prolongs them.
        part("stay").hidden = true;
        part("at-most").hidden = false;
      }
    } catch {
      await isOver();
    }
  }

  function close() {
    dialog.close();
    document.title = title;
  }
}
