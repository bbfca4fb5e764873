/**
 * Starts Swagger UI, and adds the names, landmarks and tab stops that it leaves out. A separate file of the page, because the policy
 * allows no inline script.
 */
export const DOCS_SCRIPT = `
const api = document.getElementById("api");

function complete() {
  const nameAll = (selector, nameOf) => {
    for (const element of api.querySelectorAll(selector + ":not([aria-label])")) {
      element.setAttribute("aria-label", nameOf(element));
    }
  };
  const callOf = (element) => {
    const call = element.closest(".opblock");
    return [".opblock-summary-method", ".opblock-summary-path"].map((part) => call.querySelector(part).textContent).join(" ");
  };
  nameAll("#servers", () => "Server");
  nameAll(".examples-select-element", () => "Example");
  nameAll(".responses-table", (table) => "Responses to " + callOf(table));
  for (const scrolled of api.querySelectorAll(":is(pre, .info table):not([tabindex])")) scrolled.tabIndex = 0;
  nameAll(".information-container", () => "About this API");
  nameAll(".scheme-container", () => "Server and authorization");
  for (const part of api.querySelectorAll(":is(.information-container, .scheme-container):not([role])")) {
    part.setAttribute("role", "region");
  }
}

new MutationObserver(complete).observe(api, { childList: true, subtree: true });
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", validatorUrl: null, syntaxHighlight: false });
`.trimStart();
