// Nothing here is needed: without it every page works, and is looked at again by hand.
"use strict";
(() => {
  const parts = () => document.querySelectorAll("[data-live]");
  let busy = false, again = false;
  const look = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-again": "1" }, redirect: "error" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of parts()) {
        const next = fresh.getElementById(old.id);
        // Whoever has his hands in it keeps it as it is.
        if (!next || old.contains(document.activeElement) || old.querySelector(":checked")) continue;
        if (old.innerHTML !== next.innerHTML) old.replaceWith(next);
      }
    } catch { /* The daemon is away: the source connects again by itself. */
    } finally {
      busy = false;
      if (again) { again = false; look(); }
    }
  };
  if (parts().length && window.EventSource) {
    const source = new EventSource("/live");
    source.addEventListener("change", look);
    source.addEventListener("open", () => document.documentElement.classList.add("is-live"));
    source.addEventListener("error", () => document.documentElement.classList.remove("is-live"));
    addEventListener("pagehide", () => source.close());
  }
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (!all) return;
    for (const box of all.form.querySelectorAll("[name=id]")) box.checked = all.checked;
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
    try { await navigator.clipboard.writeText(text); button.classList.add("is-done"); } catch { /* It can be marked by hand. */ }
  });
})();
