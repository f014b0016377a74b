/* The functions of the Python module for clusters, words and line breaks; see module.c. Text is uint32, a code point each, all below 0x110000. */
#include "module.h"

#include <stdlib.h>
#include <string.h>

#include "breaks.h"

PyDoc_STRVAR(grapheme_starts_doc, "grapheme_starts(text, classes, out): fills out, uint8 for each code point: whether a cluster begins");

static PyObject *py_grapheme_starts(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer text, classes, out;
    if (!PyArg_ParseTuple(args, "y*y*w*", &text, &classes, &out)) return NULL;
    int good = has_items(&classes, 0x110000, 1, "classes") && has_items(&out, text.len / 4, 1, "out");
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        grapheme_starts(text.buf, (size_t)text.len / 4, classes.buf, out.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&classes);
    PyBuffer_Release(&out);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(lexicon_doc, "lexicon(list) -> bytes for word_starts and line_breaks; list: code points of words, one a line");

static PyObject *py_lexicon(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer list;
    if (!PyArg_ParseTuple(args, "y*", &list)) return NULL;
    size_t n_nodes = 0;
    Node *nodes;
    Py_BEGIN_ALLOW_THREADS
    nodes = make_lexicon(list.buf, (size_t)list.len / 4, &n_nodes);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&list);
    if (!nodes) return PyErr_NoMemory();
    /* In front stands a node that holds their number. */
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)((n_nodes + 1) * sizeof(Node)));
    if (result) {
        Node *at = (Node *)PyBytes_AsString(result);
        *at = (Node){.low = n_nodes};
        memcpy(at + 1, nodes, n_nodes * sizeof(Node));
    }
    free(nodes);
    return result;
}

int is_lexicon(const Py_buffer *lexicon) {
    size_t n = (size_t)lexicon->len / sizeof(Node);
    if (!lexicon->len || ((size_t)lexicon->len % sizeof(Node) == 0 && n > 1 && ((const Node *)lexicon->buf)->low == n - 1)) return 1;
    PyErr_SetString(PyExc_ValueError, "lexicon: not what lexicon() gave");
    return 0;
}

const Node *nodes_of(const Py_buffer *lexicon) { return lexicon->len ? (const Node *)lexicon->buf + 1 : NULL; }

PyDoc_STRVAR(word_starts_doc, "word_starts(text, lexicon, out): fills out, uint8 for each code point: whether a word begins");

static PyObject *py_word_starts(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer text, lexicon, out;
    if (!PyArg_ParseTuple(args, "y*y*w*", &text, &lexicon, &out)) return NULL;
    int good = has_items(&out, text.len / 4, 1, "out") && is_lexicon(&lexicon);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        word_starts(text.buf, (size_t)text.len / 4, nodes_of(&lexicon), out.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&lexicon);
    PyBuffer_Release(&out);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(line_breaks_doc,
             "line_breaks(text, classes, cluster_starts, lexicon, with_words, out): fills out, uint8 for each code point: 0, 1 or 2 where a line "
             "does not, may or must end behind it");

static PyObject *py_line_breaks(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer text, classes, starts, lexicon, out;
    int with_words;
    if (!PyArg_ParseTuple(args, "y*y*z*y*pw*", &text, &classes, &starts, &lexicon, &with_words, &out)) return NULL;
    int good = has_items(&classes, 0x110000, 1, "classes") && has_items(&out, text.len / 4, 1, "out") &&
               (!starts.buf || has_items(&starts, text.len / 4, 1, "cluster_starts")) && is_lexicon(&lexicon);
    if (good) {
        LineRules rules = {classes.buf, starts.buf, nodes_of(&lexicon), with_words};
        Py_BEGIN_ALLOW_THREADS
        line_breaks(text.buf, (size_t)text.len / 4, &rules, out.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&classes);
    if (starts.obj) PyBuffer_Release(&starts);
    PyBuffer_Release(&lexicon);
    PyBuffer_Release(&out);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"grapheme_starts", py_grapheme_starts, METH_VARARGS, grapheme_starts_doc},
    {"lexicon", py_lexicon, METH_VARARGS, lexicon_doc},
    {"word_starts", py_word_starts, METH_VARARGS, word_starts_doc},
    {"line_breaks", py_line_breaks, METH_VARARGS, line_breaks_doc},
    {NULL, NULL, 0, NULL},
};

int add_break_functions(PyObject *module) { return PyModule_AddFunctions(module, methods); }
