/* Python's side of runs.c and word_table.c. */
#include "module.h"

#include <stdlib.h>

#include "kernel.h"

PyDoc_STRVAR(analyse_doc,
             "analyse(code_points, pieces, kinds, traits, bidi, graphemes, line_breaks, lexicon, units, starts)\n"
             "fills units, uint32, and starts, uint8, for each code point");

static PyObject *py_analyse(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer text, pieces, kinds, traits, bidi, graphemes, lines, lexicon, units, starts;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*y*w*w*", &text, &pieces, &kinds, &traits, &bidi, &graphemes, &lines, &lexicon, &units, &starts))
        return NULL;
    const Py_ssize_t n = text.len / 4, n_pieces = pieces.len / 8;
    int good = has_items(&kinds, 0x110000, 1, "kinds") && has_items(&traits, 0x110000, 1, "traits") &&
               has_items(&bidi, 0x110000, 1, "bidi") && has_items(&graphemes, 0x110000, 1, "graphemes") &&
               has_items(&lines, 0x110000, 1, "line_breaks") && has_items(&units, n, 4, "units") && has_items(&starts, n, 1, "starts") && is_lexicon(&lexicon);
    const int64_t *at = pieces.buf;
    for (Py_ssize_t p = 0; good && p < n_pieces; p++)
        if (at[p] < 0 || at[p] >= (int64_t)n || (p ? at[p] <= at[p - 1] : at[p] != 0)) {
            PyErr_SetString(PyExc_ValueError, "pieces: not ascending places from 0 on");
            good = 0;
        }
    const uint32_t *code_points = text.buf;
    for (Py_ssize_t i = 0; good && i < n; i++)
        if (code_points[i] >= 0x110000) {
            PyErr_SetString(PyExc_ValueError, "code_points: not code points");
            good = 0;
        }
    if (good && n) {
        const RunTables tables = {kinds.buf, traits.buf, bidi.buf, graphemes.buf, lines.buf, nodes_of(&lexicon)};
        uint8_t *scratch = malloc(2 * (size_t)n);
        int status = NO_MEMORY;
        Py_BEGIN_ALLOW_THREADS
        if (scratch) status = analyse_runs(text.buf, (size_t)n, at, (size_t)n_pieces, &tables, units.buf, starts.buf, scratch);
        Py_END_ALLOW_THREADS
        free(scratch);
        good = status >= 0;
        if (status == NO_MEMORY)
            PyErr_NoMemory();
        else if (!good)
            PyErr_SetString(PyExc_ValueError, "code_points: more than a paragraph has room for");
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&pieces);
    PyBuffer_Release(&kinds);
    PyBuffer_Release(&traits);
    PyBuffer_Release(&bidi);
    PyBuffer_Release(&graphemes);
    PyBuffer_Release(&lines);
    PyBuffer_Release(&lexicon);
    PyBuffer_Release(&units);
    PyBuffer_Release(&starts);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

static const char WORDS[] = "smallprint.words";

static WordTable *words_of(PyObject *capsule) { return PyCapsule_GetPointer(capsule, WORDS); }

static void free_capsule(PyObject *capsule) { free_words(words_of(capsule)); }

PyDoc_STRVAR(words_new_doc, "words_new() -> an empty table of words, for the functions below");

static PyObject *py_words_new(PyObject *self, PyObject *none) {
    (void)self;
    (void)none;
    WordTable *words = make_words();
    if (!words) return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(words, WORDS, free_capsule);
    if (!capsule) free_words(words);
    return capsule;
}

PyDoc_STRVAR(words_clear_doc, "words_clear(words): forgets all of them");

static PyObject *py_words_clear(PyObject *self, PyObject *capsule) {
    (void)self;
    WordTable *words = words_of(capsule);
    if (!words) return NULL;
    clear_words(words);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(words_find_doc,
             "words_find(words, units, starts, numbers) -> (pairs of int64 as bytes: where the words begin and end that are not known,\n"
             "characters of all words that are kept); fills numbers, int32, with -1 for the unknown");

static PyObject *py_words_find(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule;
    Py_buffer units, starts, numbers;
    if (!PyArg_ParseTuple(args, "Oy*y*w*", &capsule, &units, &starts, &numbers)) return NULL;
    PyObject *result = NULL;
    const Py_ssize_t n = units.len / 4;
    WordTable *words = words_of(capsule);
    if (words && has_items(&starts, n, 1, "starts") && has_items(&numbers, n, 4, "numbers")) {
        size_t n_missing = 0;
        Pair *missing = malloc(((size_t)n + 1) * sizeof(Pair));
        /* The table is one for all threads: whoever holds it keeps the others out. */
        if (missing && find_words(words, units.buf, starts.buf, (size_t)n, numbers.buf, missing, &n_missing))
            result = Py_BuildValue("y#n", (const char *)missing, (Py_ssize_t)(n_missing * sizeof(Pair)), (Py_ssize_t)n_units_of(words));
        else
            PyErr_NoMemory();
        free(missing);
    }
    PyBuffer_Release(&units);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&numbers);
    return result;
}

PyDoc_STRVAR(words_add_doc, "words_add(words, units, lengths, numbers): words, one after another, their lengths as int64, their cell numbers");

static PyObject *py_words_add(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule;
    Py_buffer units, lengths, numbers;
    if (!PyArg_ParseTuple(args, "Oy*y*y*", &capsule, &units, &lengths, &numbers)) return NULL;
    const Py_ssize_t n = units.len / 4;
    const int64_t *length = lengths.buf;
    WordTable *words = words_of(capsule);
    int64_t total = 0;
    int good = words && has_items(&numbers, n, 4, "numbers");
    for (Py_ssize_t w = 0; good && w < lengths.len / 8; w++) {
        good = length[w] > 0 && length[w] <= (int64_t)n - total;
        total += good ? length[w] : 0;
        if (!good) PyErr_SetString(PyExc_ValueError, "lengths: not those of the words");
    }
    int64_t at = 0;
    for (Py_ssize_t w = 0; good && w < lengths.len / 8; at += length[w++])
        if (!add_word(words, (const uint32_t *)units.buf + at, (size_t)length[w], (const int32_t *)numbers.buf + at)) {
            PyErr_NoMemory();
            good = 0;
        }
    PyBuffer_Release(&units);
    PyBuffer_Release(&lengths);
    PyBuffer_Release(&numbers);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"analyse", py_analyse, METH_VARARGS, analyse_doc},
    {"words_new", py_words_new, METH_NOARGS, words_new_doc},
    {"words_clear", py_words_clear, METH_O, words_clear_doc},
    {"words_find", py_words_find, METH_VARARGS, words_find_doc},
    {"words_add", py_words_add, METH_VARARGS, words_add_doc},
    {NULL, NULL, 0, NULL},
};

int add_run_functions(PyObject *module) { return PyModule_AddFunctions(module, functions); }
