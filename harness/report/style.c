/* SPDX-License-Identifier: MIT
 *
 * The style sheet. Colours of charts come from report/look.h, those of the page are here.
 */
#include "report/style.h"

#include <stddef.h>

#include "report/look.h"

static const char light[] = "--paper:#fff;--raised:#f6f7f9;--line:#d9dde3;--accent:#0b5cad;"
                            "--good:#0b7a4b;color-scheme:light;";
static const char dark[] = "--paper:#16181c;--raised:#1f2228;--line:#3a404a;--accent:#8cc4ff;"
                           "--good:#5fd6a0;color-scheme:dark;";

static const char rules[] =
    "*{box-sizing:border-box}\n"
    "html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"
    "main,header,footer,nav ul{max-width:1120px;margin:0 auto;padding:0 24px}\n"
    "header{padding-top:36px}\n"
    ".brand{margin:0;color:var(--muted);font-size:.9rem;letter-spacing:.02em}\n"
    "h1{font-size:1.55rem;line-height:1.35;font-weight:650;margin:.5rem 0 .75rem;max-width:60rem;"
    "overflow-wrap:anywhere;text-wrap:pretty}\n"
    "h2{font-size:1.35rem;margin:3.2rem 0 .4rem;padding-top:1.1rem;"
    "border-top:1px solid var(--line);"
    "scroll-margin-top:3rem}\n"
    "h3{font-size:1.15rem;margin:2.4rem 0 .4rem;scroll-margin-top:3rem}\n"
    "h4{font-size:1.03rem;margin:1.6rem 0 .5rem}\n"
    "h5{font-size:1rem;margin:0;overflow-wrap:anywhere}\n"
    ".within{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.92rem;margin:.3rem 0}\n"
    "p,li{max-width:52rem;overflow-wrap:anywhere}\n"
    "a{color:var(--accent)}\n"
    "a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--accent);"
    "outline-offset:2px;border-radius:4px}\n"
    ".skip{position:absolute;left:-999px}.skip:focus{position:static}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:.35rem 1.6rem;margin:0 0 1rem;padding:0;"
    "list-style:none;"
    "color:var(--muted);font-size:.92rem}\n"
    ".facts b{color:var(--ink);font-weight:600}\n"
    ".caveats{margin:0 0 1.2rem;padding-left:1.2rem;color:var(--muted);font-size:.95rem}\n"
    ".caveats li{margin:.2rem 0}\n"
    ".alert{border-left:4px solid var(--bad);background:var(--raised);padding:.6rem 1rem;"
    "margin:1rem 0}\n"
    "nav{position:sticky;top:0;z-index:1;background:var(--paper);"
    "border-bottom:1px solid var(--line)}\n"
    "nav ul{display:flex;gap:1.1rem;list-style:none;overflow-x:auto;padding-top:.55rem;"
    "padding-bottom:.55rem;white-space:nowrap;font-size:.92rem}\n"
    "nav a{text-decoration:none}nav a:hover{text-decoration:underline}\n"
    "figure{margin:1.2rem 0;padding:18px 20px 12px;background:var(--raised);"
    "border:1px solid var(--line);border-radius:10px;min-width:0}\n"
    ".verdict{margin:.15rem 0 .5rem;color:var(--muted);font-size:.95rem}\n"
    ".note{margin:.6rem 0 .3rem;color:var(--muted);font-size:.87rem;line-height:1.45}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;margin:.4rem 0;"
    "padding:0;font-size:.92rem}\n"
    ".legend li{display:flex;align-items:center;gap:.4rem}\n"
    ".book{display:block;width:100%;min-width:44rem;height:auto;border:1px solid var(--line)}\n"
    /* What is far from the screen is laid out when it comes near. */
    "@media screen{section section{content-visibility:auto;contain-intrinsic-size:auto 60rem}}\n"
    ".swatch{width:.95em;height:.95em;background:var(--ink);"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}\n"
    ".marker{width:.95em;height:.95em;flex:none;vertical-align:-.1em}\n"
    ".plot{display:block;width:100%;height:auto;max-width:980px;font-family:inherit}\n"
    ".plot.for-narrow{display:none;max-width:480px}\n"
    ".panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));"
    "gap:14px;margin:.8rem 0}\n"
    ".panels figure{margin:0;padding:12px 14px 6px}\n"
    ".panels figcaption{font-weight:600;font-size:.95rem;overflow-wrap:anywhere}\n"
    "details{margin:.3rem 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}\n"
    ".scroll{overflow-x:auto;margin:.7rem 0}\n"
    "table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;"
    "min-width:100%}\n"
    "caption{text-align:left;color:var(--muted);font-size:.87rem;padding:.1rem 0 .4rem}\n"
    "th,td{padding:.38rem .7rem;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top}\n"
    "thead th{border-bottom:2px solid var(--line);font-weight:600;vertical-align:bottom}\n"
    "tbody th{font-weight:600}\n"
    ".values td,.points td.n,.ranking td,.points thead th.n{text-align:right;white-space:nowrap}\n"
    ".values thead th,.ranking thead th{text-align:right}\n"
    ".ranking th:first-child{text-align:left}\n"
    ".points tbody th,.values tbody th,.ranking tbody th{max-width:22rem;overflow-wrap:anywhere}\n"
    "tbody th{min-width:7.5rem}"
    ".heat td,.heat thead th+th{text-align:right;white-space:nowrap}"
    ".heat td[style]{background:color-mix(in srgb,var(--c3) var(--depth),transparent)}\n"
    ".points tr.first>*{border-top:2px solid var(--line)}\n"
    "td small{color:var(--muted);white-space:nowrap}\n"
    ".bad{color:var(--bad)}.good{color:var(--good)}\n"
    ".pairs th{width:16rem;font-weight:500;color:var(--muted)}\n"
    ".pairs td{overflow-wrap:anywhere}\n"
    "code,pre{font-family:ui-monospace,'Cascadia Mono','DejaVu Sans Mono',Menlo,monospace;"
    "font-size:.84rem}\n"
    "code{overflow-wrap:anywhere}\n"
    "pre{background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:.6rem "
    ".8rem;"
    "overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;max-height:22rem}\n"
    ".failure{border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:8px;"
    "background:var(--raised);padding:.7rem 1rem;margin:.7rem 0}\n"
    ".failure p{margin:.25rem 0}\n"
    ".failure h4{margin:0}\n"
    "footer{margin-top:3rem;padding-bottom:2.5rem;color:var(--muted);font-size:.88rem}\n"
    /* What the script makes: pictures give way to live charts on screens. */
    ".echart{width:100%;display:none}.live .echart{display:block}"
    "[hidden]{display:none!important}"
    "@media screen{.live .plot.plot{display:none}}@media print{.echart.echart{display:none}}\n"
    ".filters{max-width:1120px;margin:.6rem auto;padding:0 24px}"
    "#filters fieldset{border:1px solid var(--line);border-radius:8px;margin:.5rem 0;"
    "display:flex;flex-wrap:wrap;gap:.2rem 1rem}"
    "#filters label{white-space:nowrap}#shown{color:var(--muted);font-size:.9rem;margin:.4rem 0}\n"
    "button{font:inherit;color:var(--accent);background:var(--raised);border:1px solid "
    "var(--line);border-radius:6px;padding:.2rem .7rem;cursor:pointer}"
    "button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    ".sort,.trials{background:none;border:0;padding:0;text-align:inherit;font-weight:inherit;"
    "color:inherit}.sort:hover,.trials{text-decoration:underline}"
    "[aria-sort=ascending] .sort::after{content:' \\2191'}"
    "[aria-sort=descending] .sort::after{content:' \\2193'}"
    ".sorted tr.first>*{border-top:0}\n"
    "dialog{max-width:min(60rem,94vw);color:var(--ink);background:var(--paper);"
    "border:1px solid var(--line);border-radius:10px}dialog h2{margin:0;border:0;padding:0}"
    "dialog::backdrop{background:#0008}\n"
    "@media (max-width:640px){main,header,footer,nav ul{padding-left:14px;padding-right:14px}"
    "header{padding-top:20px}h1{font-size:1.2rem}figure{padding:12px 12px 8px}"
    ".plot.for-wide{display:none}.plot.for-narrow{display:block}"
    "h2{margin-top:2.2rem}.pairs th{width:auto}}\n"
    "@media print{nav,.skip,.filters{display:none}body{font-size:11px}"
    "figure,.failure,tr{break-inside:avoid}h2,h3,h4{break-after:avoid}"
    ".panels{grid-template-columns:repeat(3,1fr)}.scroll{overflow:visible}pre{max-height:none}}\n"
    "@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}\n";

static void append_variables(struct text *page, const char *own, bool is_dark)
{
    text_format(page, ":root{%s", own);
    for (size_t i = 0; i < LOOK_COLOUR_COUNT; i++)
        text_format(page, "%s:#%06x;", look_colours[i].variable,
                    is_dark ? look_colours[i].dark : look_colours[i].light);
    text_append(page, "}\n");
}

void style_append(struct text *page)
{
    text_append(page, "<style>\n");
    append_variables(page, light, false);
    text_append(page, "@media screen and (prefers-color-scheme:dark){");
    append_variables(page, dark, true);
    text_append(page, "}\n");
    text_append(page, rules);
    text_append(page, "</style>\n");
}
