package dev.ayni.tokenizer;

import java.util.Arrays;

/**
 * Turns a stream of bytes into text. A character whose last bytes have not come is held back; what cannot become one shows
 * as U+FFFD, one for each longest part that a character could have begun with (Unicode 16, section 3.9, table 3-7).
 */
final class Utf8 {
    private byte[] pending = {};

    /** The text that these bytes complete. */
    String accept(byte[] bytes, int from, int to) {
        byte[] all = Arrays.copyOf(pending, pending.length + to - from);
        System.arraycopy(bytes, from, all, pending.length, to - from);
        StringBuilder text = new StringBuilder(all.length);
        int at = 0;
        while (at < all.length) {
            int lead = all[at] & 0xff;
            int wanted = lead < 0x80 ? 1 : lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
            int have = Math.min(wanted, 1);
            while (have > 0 && have < wanted && at + have < all.length && follows(lead, have, all[at + have] & 0xff)) {
                have++;
            }
            if (have < wanted && at + have == all.length) {
                break;
            }
            if (have == wanted && wanted > 0) {
                text.appendCodePoint(point(all, at, wanted));
            } else {
                text.append('\ufffd');
            }
            at += Math.max(1, have);
        }
        pending = Arrays.copyOfRange(all, at, all.length);
        return text.toString();
    }

    /** What is left of a character that stayed incomplete. */
    String finish() {
        String text = pending.length == 0 ? "" : "\ufffd";
        pending = new byte[0];
        return text;
    }

    private static boolean follows(int lead, int place, int b) {
        int least = place > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = place > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        return b >= least && b <= most;
    }

    private static int point(byte[] bytes, int at, int length) {
        int point = length == 1 ? bytes[at] : bytes[at] & (0x7f >> length);
        for (int i = at + 1; i < at + length; i++) {
            point = (point << 6) | (bytes[i] & 0x3f);
        }
        return point;
    }
}
