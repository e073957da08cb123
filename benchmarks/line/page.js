// When the first frame was there, when all was buffered, and how often and long it stood still.
const video = document.getElementById("video");
const figures = { first: null, whole: null, stalls: 0, stood: 0, trouble: null };
const hls = new Hls();
const began = performance.now();
const since = () => (performance.now() - began) / 1000;

video.requestVideoFrameCallback(() => {
  figures.first = since();
  let waits = null;
  video.addEventListener("waiting", () => {
    figures.stalls += 1;
    waits = since();
  });
  video.addEventListener("playing", () => {
    if (waits !== null) figures.stood += since() - waits;
    waits = null;
  });
});
hls.on(Hls.Events.BUFFER_EOS, () => (figures.whole ??= since()));
hls.on(Hls.Events.ERROR, (_, { fatal, details }) => {
  if (fatal) figures.trouble = details;
});
hls.loadSource(new URLSearchParams(location.search).get("url"));
hls.attachMedia(video);
video.play().catch((error) => (figures.trouble = String(error)));
