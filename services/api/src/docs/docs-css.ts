/**
 * In the program, which so needs no file for it. Swagger UI brings its own for the page of HTTP calls; here are darker
 * colours for text that is hard to read in its own, and tables that scroll by themselves on a phone.
 */
export const DOCS_CSS = `
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: .75rem 1rem; border-bottom: 1px solid #8888 }
header nav a { color: inherit }
header nav a[aria-current] { font-weight: 600; text-decoration: none }
:root:has(.events) { color-scheme: light dark; background: Canvas; color: CanvasText }
.events {
  --quiet: color-mix(in srgb, currentColor 7%, transparent);
  max-width: 60rem; margin: 0 auto; padding: 0 1rem 4rem;
  a { color: light-dark(#0b57d0, #8ab4f8) }
  h1, h2, h3 { line-height: 1.25 }
  article { margin-top: 2.5rem; border-top: 1px solid #8888 }
  code, pre { font: .9em/1.5 ui-monospace, monospace; background: var(--quiet) }
  code { padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere }
  pre { padding: .75rem 1rem; border-radius: 6px; overflow: auto }
  pre, figure { margin: .25rem 0 1rem }
  .from { font-size: .8rem; font-weight: 400; border: 1px solid #8888; border-radius: 1rem; padding: .1rem .6rem; white-space: nowrap }
  .index { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none }
  dt { font-weight: 600 }
  dd { margin: 0 0 .5rem }
  .scroll { overflow-x: auto }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8888 }
  tbody th { font-weight: 400 }
}
.swagger-ui {
  .info :is(a, .url), .btn.authorize { color: #0b57d0; border-color: currentColor }
  .info .title small { background: #4f5663 }
  .info .title small.version-stamp { background: #4d6b00 }
  .opblock .opblock-summary-method { color: #000; text-shadow: none }
  .parameter__in, .json-schema-2020-12-expand-deep-button { color: #505050 }
  :is(.markdown, .renderedMarkdown) code { color: #5b00b3 }
  .info table { display: block; overflow-x: auto }
}
`.trimStart();
