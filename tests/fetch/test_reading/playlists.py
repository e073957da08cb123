"""A live playlist of two segments."""

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MEDIA = HEAD + "#EXTINF:4,\ns1.ts\n#EXTINF:4,\ns2.ts\n"
