// What the page shows and is told: seen(), seek(), switchTo(). The tests call them.
const asked = new URLSearchParams(location.search);
const video = document.getElementById("video");
const troubles = [];
let hls = null;

// Little is buffered, so that a seek has to fetch.
const AHEAD_SECONDS = 8;

// hls.js gives up after a few failures, sooner than a restart is over. As its manual has
// it, the page then tells it to load again.
const AGAIN_MILLISECONDS = 1000;

function begin() {
  video.loop = asked.has("loop");
  if (asked.get("with") !== "hls.js") {
    video.src = asked.get("url");
    video.addEventListener("error", () => troubles.push(video.error.message));
    return;
  }
  const authorization = asked.get("authorization");
  hls = new Hls({
    lowLatencyMode: asked.has("low"),
    // A little faster while it is behind what the stream allows.
    maxLiveSyncPlaybackRate: asked.has("low") ? 1.2 : 1,
    xhrSetup: authorization
      ? (request) => request.setRequestHeader("Authorization", authorization)
      : undefined,
    maxBufferLength: AHEAD_SECONDS,
    maxMaxBufferLength: AHEAD_SECONDS,
    backBufferLength: 0,
  });
  hls.on(Hls.Events.ERROR, (_, { type, fatal, details, response }) => {
    // What it mends in its own buffers, it mends unseen; the frames will tell. What it
    // aborts, at a seek or a switch, it does not want any more.
    const network = type === Hls.ErrorTypes.NETWORK_ERROR;
    if (fatal && network) setTimeout(() => hls.startLoad(), AGAIN_MILLISECONDS);
    if (fatal || (network && details !== "aborted")) {
      troubles.push(`${fatal ? "fatal " : ""}${details} ${response?.code ?? ""}`);
    }
  });
  // It stays there until it is told to switch.
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const height = Number(asked.get("height"));
    hls.currentLevel = hls.levels.findIndex((level) => level.height === height);
    hls.subtitleTrack = 0;
    hls.subtitleDisplay = true;
  });
  hls.loadSource(asked.get("url"));
  hls.attachMedia(video);
}

function seen() {
  const cues = [...video.textTracks].map((track) => track.cues?.length ?? 0);
  return {
    time: video.currentTime,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    height: video.videoHeight,
    sound: video.webkitAudioDecodedByteCount,
    cues: Math.max(0, ...cues),
    latency: hls?.latency ?? null,
    pathway: hls?.levels[hls.loadLevel]?.pathwayId ?? "",
    interstitial: hls?.interstitialsManager?.playingItem?.event?.identifier ?? "",
    behind: hls?.playingDate ? (Date.now() - hls.playingDate) / 1000 : null,
    troubles,
  };
}

function seek(seconds) {
  video.currentTime = seconds;
}

function switchTo(height) {
  hls.currentLevel = hls.levels.findIndex((level) => level.height === height);
}

begin();
video.play().catch((error) => troubles.push(String(error)));
