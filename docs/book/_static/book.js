// The theme below the book's theme brings a header with buttons of its own, and listens to the first of each kind only:
// without them it listens to those of the book.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("header.bd-header :is(.primary-toggle, .secondary-toggle)").forEach((button) => button.remove());
});
