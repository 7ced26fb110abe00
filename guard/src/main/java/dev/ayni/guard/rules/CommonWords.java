package dev.ayni.guard.rules;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** English words so common that a few of them tell a sentence from letters by chance. */
final class CommonWords {
    private static final Set<String> WORDS =
            new HashSet<>(Arrays.asList("""
                the and you your that this with for are was not have from they will what how why who when where which can could would
                should must may about all any been before being but each even every few first get give given had has her here him his into
                its just know last like made make makes many more most much need never new now off one only other our out over own please
                say see she some such tell than their them then there these thing things think those through time too two under until up us
                use used using very want way well were while word words work write written yes yet because below after again against also
                always another anything ask answer back between both call came change come day did does doing done down end find follow
                following good great help instead is it in of to on as at be by or if an do so no my me we he i a
                ignore instructions instruction previous prompt system user password secret text message print output respond response
                without rules forget reveal hello world people school name list code step steps explain describe pretend repeat
                """.strip().split("\\s+")));

    private CommonWords() {}

    /** @param word in small letters */
    static boolean contains(String word) {
        return WORDS.contains(word);
    }

    /** How many of the words in a text are common; words are runs of letters. */
    static int count(String text) {
        int count = 0;
        int start = -1;
        for (int i = 0; i <= text.length(); i++) {
            boolean letter = i < text.length() && Character.isLetter(text.charAt(i));
            if (letter && start < 0) {
                start = i;
            } else if (!letter && start >= 0) {
                if (i - start <= 12 && contains(AnchoredRule.small(text.substring(start, i)))) {
                    count++;
                }
                start = -1;
            }
        }
        return count;
    }
}
