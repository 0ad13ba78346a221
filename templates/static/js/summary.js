// The error summary takes the focus; its links put the cursor into the field itself.
(() => {
  document.querySelector(".error-summary")?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    (field.matches("fieldset") ? field.querySelector("input") : field).focus({ preventScroll: true });
  });
})();
