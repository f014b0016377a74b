/* Clusters, words and line breaks of a stretch of text, which other files of the kernel may call for a paragraph at a time. Every function is
   linear in the length of the text, whatever it holds, keeps no state between calls and, make_lexicon apart, allocates nothing. Code points
   have to be below 0x110000.

   graphemes.c does what render/unicode/graphemes.py does, line_breaks.c what line_breaks.py does, words.c what words.py does. */
#ifndef SMALLPRINT_BREAKS_H
#define SMALLPRINT_BREAKS_H

#include <stddef.h>
#include <stdint.h>

/* graphemes.py */
enum {
    GC_OTHER, GC_CR, GC_LF, GC_CONTROL, GC_EXTEND, GC_EXTEND_CONJUNCT, GC_LINKER, GC_ZWJ, GC_FLAG, GC_PREPEND, GC_SPACING,
    GC_SPACING_CONJUNCT, GC_L, GC_V, GC_T, GC_LV, GC_LVT, GC_PICTURE, GC_CONSONANT, N_GC
};

/* `classes`: 0x110000 of the above. starts[i]: whether a cluster begins at i. */
void grapheme_starts(const uint32_t *text, size_t n, const uint8_t *classes, uint8_t *starts);

/* words.py. The list of words as a tree: the children of a node lie together from `first` on, in the order of their letters; a bit for each
   letter says which there are: letters below 64 in `low`, later ones in `high`, whose highest bit says that a word ends here. */
typedef struct {
    uint64_t low;
    uint32_t high, first;
} Node;

/* The tree of the lines of `list` that are made of Thai letters and marks, to be freed by the caller; NULL if there is no memory. */
Node *make_lexicon(const uint32_t *list, size_t n, size_t *n_nodes);

/* starts[i]: whether a word begins at i. `lexicon` may be NULL; Thai is then left whole. */
void word_starts(const uint32_t *text, size_t n, const Node *lexicon, uint8_t *starts);

/* line_breaks.py */
enum {
    LB_AL, LB_BK, LB_CR, LB_LF, LB_NL, LB_SP, LB_ZW, LB_WJ, LB_ZWJ, LB_CM, LB_SM, LB_GL, LB_BA, LB_HY, LB_BB, LB_B2, LB_CB, LB_CL, LB_CP,
    LB_PW, LB_EX, LB_IN, LB_NS, LB_OP, LB_OW, LB_QU, LB_IS, LB_NU, LB_PO, LB_PR, LB_SY, LB_HL, LB_SA, LB_H2, LB_H3, LB_JL, LB_JV, LB_JT,
    LB_RI, LB_EB, LB_EM, LB_ID, LB_XP, N_LB
};
enum { LINE_KEEP, LINE_MAY, LINE_MUST };

typedef struct {
    const uint8_t *classes;        /* 0x110000 of the above */
    const uint8_t *cluster_starts; /* of the text; NULL: lines may end inside of clusters */
    const Node *lexicon;
    int with_words; /* whether lines end between the words of scripts without spaces */
} LineRules;

/* out[i]: whether a line does not, may or must end behind i; at the end of the text it must. A text that is cut where a line must end gives
   the same in parts. */
void line_breaks(const uint32_t *text, size_t n, const LineRules *rules, uint8_t *out);

#endif
