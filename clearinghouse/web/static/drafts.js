// Drafts: a form with data-draft-url posts itself there a little after typing stops, and says when it was saved.
const PAUSE = 3000;
const watched = new Map();

export function keepDrafts(forms) {
  for (const form of forms) {
    const draft = { timer: 0, changed: false, state: form.querySelector("[data-draft-state]") };
    watched.set(form, draft);
    form.addEventListener("input", () => {
      draft.changed = true;
      clearTimeout(draft.timer);
      draft.timer = setTimeout(() => save(form, draft), PAUSE);
    });
    form.addEventListener("submit", () => {
      clearTimeout(draft.timer);
      draft.changed = false;
    });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      saveDraftsNow();
    }
  });
}

export async function saveDraftsNow() {
  const saved = await Promise.all([...watched].map(([form, draft]) => (draft.changed ? save(form, draft) : true)));
  return saved.length > 0 && saved.every(Boolean);
}

async function save(form, draft) {
  clearTimeout(draft.timer);
  draft.changed = false;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") {
      body.append(name, value);
    }
  }
  try {
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, redirect: "error", keepalive: body.toString().length < 60000 });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    say(draft, `Draft saved at ${clock(new Date())}`);
    return true;
  } catch {
    draft.changed = true;
    say(draft, "The draft could not be saved. What you typed is still on this page.");
    return false;
  }
}

function say(draft, words) {
  if (draft.state) {
    draft.state.textContent = words;
  }
}

function clock(now) {
  const hours = now.getHours() % 12 || 12;
  return `${hours}:${String(now.getMinutes()).padStart(2, "0")}${now.getHours() < 12 ? "am" : "pm"}`;
}
