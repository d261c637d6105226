// Goes on with a search that stopped to let others in, and adds what it finds, until there is a page of it.
const A_PAGE = 10;

function part(root, name) {
  return root.querySelector(`[data-search-${name}]`);
}

async function goOn(search) {
  while (part(search, "waits") && part(search, "found").children.length < A_PAGE) {
    const link = part(search, "waits").querySelector("a[rel=next]");
    if (!link) return;
    const answer = await fetch(link.href, { credentials: "same-origin", cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const further = page.querySelector("[data-search]");
    // Whoever was signed out meanwhile gets another page: the link stays, and leads to signing in.
    if (!answer.ok || !further) return;
    part(search, "found").append(...part(further, "found").children);
    part(search, "state").replaceWith(part(further, "state"));
    part(search, "next").replaceWith(part(further, "next"));
  }
}

document.querySelectorAll("[data-search]").forEach((search) => goOn(search).catch(() => {}));
