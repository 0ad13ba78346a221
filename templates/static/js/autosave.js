// A form with hx-post saves itself; this says so while it happens, says when it failed, and warns before leaving unsaved.
(() => {
  const saved = (form) => form.querySelector(".saved");
  const say = (form, words, failed) => {
    const line = saved(form);
    if (!line) return;
    line.textContent = line.dataset[words];
    line.classList.toggle("failed", failed);
  };
  const unsaved = new Set();

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (form) unsaved.add(form);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("form[data-autosave]")) say(event.target, "saving", false);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (!form) return;
    if (event.detail.successful) unsaved.delete(form);
    else say(form, "failed", true);
  });
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });
})();
