// SPDX-License-Identifier: MIT
//
// Unpacks the page's script and its data, and runs the one on the other. A browser that cannot
// (DecompressionStream is of 2023) shows the page as it stands.

async function unpack(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).text();
}

Promise.all(['packed-script', 'packed-data'].map(unpack)).then(([code, data]) => {
  globalThis.heapmark = JSON.parse(data);
  const script = document.createElement('script');
  script.textContent = code; // the page's policy knows it by its hash
  document.body.append(script);
});
