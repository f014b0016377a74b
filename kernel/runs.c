/* runs.analyse: directions, line breaks and words of the paragraphs that need more than one glyph a character. */
#include "breaks.h"
#include "kernel.h"

#include <string.h>

enum { BREAK_BIT = 21, LEVEL_BIT = 22, RTL_BIT = 29, LONGEST = 256 };

/* Spaces in a row break like the last of them, and those before the end of a paragraph always. */
static void hang(const uint32_t *text, size_t n, const uint8_t *traits, uint8_t *breaks) {
    for (size_t i = n; i-- > 0;) {
        if (!(traits[text[i]] & IS_SPACE)) continue;
        if (i + 1 == n || traits[text[i + 1]] & IS_END)
            breaks[i] = 1;
        else if (traits[text[i + 1]] & IS_SPACE)
            breaks[i] = breaks[i + 1];
    }
}

int analyse_runs(const uint32_t *text, size_t n, const int64_t *pieces, size_t n_pieces, const RunTables *tables, uint32_t *units,
                 uint8_t *starts, uint8_t *scratch) {
    uint8_t *breaks = scratch, *levels = scratch + n;
    Bidi work = {0};
    size_t begin = 0;
    int status = 0;
    for (size_t p = 0; p < n_pieces && status >= 0; p++) {
        const size_t first = (size_t)pieces[p], end = p + 1 < n_pieces ? (size_t)pieces[p + 1] : n, length = end - first;
        const uint32_t *piece = text + first;
        uint8_t *clusters = starts + first;
        int is_directed = 0;
        grapheme_starts(piece, length, tables->graphemes, clusters);
        const LineRules rules = {tables->line_breaks, clusters, tables->lexicon, 1};
        line_breaks(piece, length, &rules, breaks);
        hang(piece, length, tables->traits, breaks);
        for (size_t i = 0; i < length && !is_directed; i++) is_directed = tables->traits[piece[i]] & IS_DIRECTED;
        if (is_directed)
            status = bidi_levels(piece, length, tables->bidi, -1, levels, &work);
        else
            memset(levels, 0, length);
        const uint32_t rtl = is_directed && status == 1;
        /* Marks and joiners go with the character that their cluster begins with. */
        uint8_t kind = 0, before = 0;
        for (size_t i = 0; i < length; i++) {
            const int is_cluster = clusters[i];
            before = kind;
            if (is_cluster || !i) kind = tables->kinds[piece[i]];
            const int is_joined = kind && kind == before && levels[i] == levels[i - !!i] && !breaks[i - !!i];
            const size_t at = first + i, far = at - begin;
            const int is_start = !i || (is_cluster && !is_joined) || far >= 2 * LONGEST || (is_cluster && far >= LONGEST);
            if (is_start) begin = at;
            units[at] = piece[i] | (uint32_t)(breaks[i] != 0) << BREAK_BIT | (uint32_t)levels[i] << LEVEL_BIT | rtl << RTL_BIT;
            /* In place of the cluster's start, which is not asked for again. */
            starts[at] = (uint8_t)is_start;
        }
    }
    bidi_free(&work);
    return status < 0 ? status : 0;
}
