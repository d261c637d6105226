// Files: says before they are sent that they are too large together, which the server would say only after all of them.
export function watchFiles(fields) {
  for (const field of fields) {
    field.addEventListener("change", () => {
      const group = field.closest(".govuk-form-group");
      const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
      const wrong = size > Number(field.dataset.largest);
      group.querySelector("[data-too-large]")?.remove();
      group.classList.toggle("govuk-form-group--error", wrong);
      if (wrong) {
        const error = document.createElement("p");
        error.className = "govuk-error-message";
        error.dataset.tooLarge = "";
        error.setAttribute("role", "alert");
        error.textContent = `These files are too large. ${field.dataset.said}.`;
        field.before(error);
        field.value = "";
      }
    });
  }
}
