// Drafts: a form with data-draft-url posts itself there a little after typing stops, and says when it was saved. What is
// typed into any other form is kept only once the session is about to end, to be given back after signing in again.
const PAUSE = 3000;
const watched = new Map();
const others = new Map();

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
      saveChanged({});
    }
  });
}

export function keepTyped(forms) {
  for (const form of forms) {
    const draft = { changed: false };
    others.set(form, draft);
    form.addEventListener("input", () => (draft.changed = true));
    form.addEventListener("submit", () => (draft.changed = false));
  }
}

// For the end of the session: nobody may be there, so that saving is no use of it. Says what became of what was typed.
export async function saveDraftsNow(keepUrl) {
  const unattended = { "X-Unattended": "1" };
  const typed = [...others].filter(([, draft]) => draft.changed);
  const saved = await saveChanged(unattended);
  const kept = await Promise.all(typed.map(([form, draft]) => keep(form, draft, keepUrl, unattended)));
  if (![...saved, ...kept].every(Boolean)) {
    return { words: "What you typed could not be saved. Choose to stay signed in.", next: "" };
  }
  const next = kept.length ? "/account/kept" : "";
  if (kept.length) {
    return { words: "What you typed is kept for you.", next };
  }
  return { words: saved.length ? "Your draft is saved." : "", next };
}

function saveChanged(headers) {
  return Promise.all([...watched].map(([form, draft]) => (draft.changed ? save(form, draft, headers) : true)));
}

async function save(form, draft, headers = {}) {
  clearTimeout(draft.timer);
  draft.changed = false;
  const body = typedInto(form);
  try {
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, headers, redirect: "error", keepalive: body.toString().length < 60000 });
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

async function keep(form, draft, keepUrl, headers) {
  const address = new URL(form.action);
  try {
    const answer = await fetch(`${keepUrl}?path=${encodeURIComponent(address.pathname)}`, { method: "POST", body: typedInto(form), headers, redirect: "error" });
    const name = (await answer.json()).kept;
    draft.changed = false;
    if (name && !form.elements.namedItem("kept")) {
      // Sent after all, it is forgotten.
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "kept", value: name });
      form.append(field);
    }
    return Boolean(name);
  } catch {
    return false;
  }
}

function typedInto(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") {
      body.append(name, value);
    }
  }
  return body;
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
