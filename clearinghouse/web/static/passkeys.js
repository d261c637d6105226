// Passkeys: shows a button where the browser can ask a device for one, and sends the device's answer with its form.
export function offerPasskeys(parts) {
  for (const part of parts) {
    const form = part.closest("form");
    const answer = part.querySelector("[data-passkey-answer]");
    const button = part.querySelector("button");
    const state = part.querySelector("[data-passkey-state]");
    if (!window.PublicKeyCredential || !navigator.credentials) {
      continue;
    }
    form.closest("[data-passkey-part]")?.removeAttribute("hidden");
    part.hidden = false;
    if (window.location.origin !== part.dataset.place) {
      button.hidden = true;
      state.textContent = `Passkeys work at ${part.dataset.place} only.`;
      continue;
    }
    form.addEventListener("submit", (event) => {
      // Enter in a form that can only be sent with an answer asks for one.
      if (!answer.value && !form.querySelector("button[type=submit]")) {
        event.preventDefault();
        button.click();
      }
    });
    button.addEventListener("click", async () => {
      button.disabled = true;
      state.textContent = "Waiting for your device…";
      try {
        answer.value = JSON.stringify(await askDevice(part, form));
        form.submit();
      } catch (error) {
        state.textContent = wordsFor(error);
        button.disabled = false;
      }
    });
  }
}

async function askDevice(part, form) {
  const body = new URLSearchParams({ csrf_token: form.querySelector("[name=csrf_token]").value });
  const asked = await fetch(part.dataset.ask, { method: "POST", body, redirect: "error" });
  if (!asked.ok) {
    throw new Error(String(asked.status));
  }
  const options = await asked.json();
  options.challenge = bytes(options.challenge);
  if (part.dataset.passkey === "make") {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = (options.excludeCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
    return told(await navigator.credentials.create({ publicKey: options }));
  }
  return told(await navigator.credentials.get({ publicKey: options }));
}

function told(made) {
  const { id, type, rawId, response } = made;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) {
      said[name] = text(response[name]);
    }
  }
  return { id, type, rawId: text(rawId), response: said };
}

function wordsFor(error) {
  if (error.name === "InvalidStateError") {
    return "That device has a passkey of yours already.";
  }
  if (error.name === "NotAllowedError" || error.name === "AbortError") {
    return "Nothing was sent. Try again, or use another way.";
  }
  return error.message === "429" ? "Too many attempts. Wait 15 minutes." : "This did not work. Open the page again, or use another way.";
}

function bytes(base64url) {
  const plain = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
