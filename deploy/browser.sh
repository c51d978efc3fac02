#!/bin/sh
# Sees to a chromium for the browser tests: on Debian as root it installs one where none is there;
# otherwise it says what is missing, and those tests are skipped with the same words. Never fails.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "browser: no chromium here: installing Debian's (and Chinese letters for its pictures)"
    apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
            chromium fonts-noto-cjk >/dev/null && exit 0
    echo "browser: apt-get could not install chromium; the browser tests will be skipped"
else
    echo "browser: no chromium (Debian: sudo apt-get install chromium); its tests will be skipped"
fi
exit 0
