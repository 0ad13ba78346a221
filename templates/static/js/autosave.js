// A form with data-autosave saves itself; this says so while it happens, says when it failed, and warns before leaving unsaved.
(() => {
  const forms = "form[data-autosave]";
  const unsaved = new Set();
  const say = (form, words, failed) => {
    const line = form.querySelector(".saved");
    if (!line) return;
    line.textContent = line.dataset[words];
    line.classList.toggle("failed", failed);
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest(forms);
    if (form) unsaved.add(form);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches(forms)) say(event.target, "saving", false);
  });
  // A whole page instead of the saved-at line (signed out meanwhile, or a fault): do not put it in here.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.target.closest(forms);
    if (form && /^\s*<!doctype/i.test(event.detail.xhr.responseText)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest(forms);
    if (!form) return;
    const kept = event.detail.successful && !/^\s*<!doctype/i.test(event.detail.xhr.responseText);
    if (kept) unsaved.delete(form);
    else if (!form.querySelector(".saved.failed")) say(form, "failed", true);
  });
  // The line or the server was away: try again by itself, at once when the line is back, else every ten seconds.
  const again = () => unsaved.forEach((form) => form.dispatchEvent(new Event("change")));
  addEventListener("online", again);
  document.addEventListener("htmx:sendError", () => setTimeout(again, 10_000));
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });
})();
