/* Grapheme clusters: render/unicode/graphemes.py. */
#include "breaks.h"

#define B(class) (1u << (class))

enum { MARKS = B(GC_EXTEND) | B(GC_EXTEND_CONJUNCT) | B(GC_LINKER) | B(GC_ZWJ) | B(GC_SPACING) | B(GC_SPACING_CONJUNCT) };
enum { ENDS = B(GC_CR) | B(GC_LF) | B(GC_CONTROL) };

/* GB3 to GB9b: what stays with a class whatever is around the two. */
static const uint32_t keeps[N_GC] = {
    [GC_OTHER] = MARKS, [GC_CR] = B(GC_LF), [GC_EXTEND] = MARKS, [GC_EXTEND_CONJUNCT] = MARKS, [GC_LINKER] = MARKS, [GC_ZWJ] = MARKS,
    [GC_FLAG] = MARKS, [GC_PREPEND] = (B(N_GC) - 1) & ~ENDS, [GC_SPACING] = MARKS, [GC_SPACING_CONJUNCT] = MARKS,
    [GC_L] = MARKS | B(GC_L) | B(GC_V) | B(GC_LV) | B(GC_LVT), [GC_V] = MARKS | B(GC_V) | B(GC_T), [GC_T] = MARKS | B(GC_T),
    [GC_LV] = MARKS | B(GC_V) | B(GC_T), [GC_LVT] = MARKS | B(GC_T), [GC_PICTURE] = MARKS, [GC_CONSONANT] = MARKS,
};

enum { NOTHING, PICTURE, PICTURE_JOINED, CONSONANT, CONSONANT_LINKED };

void grapheme_starts(const uint32_t *text, size_t n, const uint8_t *classes, uint8_t *starts) {
    unsigned before = GC_CONTROL;
    int picture = NOTHING, conjunct = NOTHING, odd_flags = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned class = classes[text[i]];
        int keep = keeps[before] >> class & 1;
        if (class == GC_OTHER) { /* most letters */
            picture = conjunct = NOTHING;
            odd_flags = 0;
        } else {
            keep |= class == GC_PICTURE && picture == PICTURE_JOINED;
            keep |= class == GC_CONSONANT && conjunct == CONSONANT_LINKED;
            keep |= class == GC_FLAG && odd_flags;
            if (class == GC_PICTURE)
                picture = PICTURE;
            else if (class == GC_ZWJ)
                picture = picture == PICTURE ? PICTURE_JOINED : NOTHING;
            else if (picture == PICTURE_JOINED || !(B(class) & (B(GC_EXTEND) | B(GC_EXTEND_CONJUNCT) | B(GC_LINKER))))
                picture = NOTHING;
            if (class == GC_CONSONANT)
                conjunct = CONSONANT;
            else if (class == GC_LINKER)
                conjunct = conjunct ? CONSONANT_LINKED : NOTHING;
            else if (!(B(class) & (B(GC_EXTEND_CONJUNCT) | B(GC_ZWJ) | B(GC_SPACING_CONJUNCT))))
                conjunct = NOTHING;
            odd_flags = class == GC_FLAG && !odd_flags;
        }
        starts[i] = (uint8_t)!keep;
        before = class;
    }
}
