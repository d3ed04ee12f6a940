"""Golden questions of filters: the engine and plain Python both give the answers that are written down."""

from collections.abc import Iterator

import pytest

from tests.asking import Asking
from tests.questions import QUESTIONS, Question, scores, spans

Answers = dict[str, tuple[set[str], set[str]]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """Every question's answers in SQL and in Python, by its title; all of them asked at once."""
    asking = Asking(tmp_path_factory.mktemp("questions"))
    asking.insert(spans())
    asking.score(scores())
    names = {span.id: span.custom_identifier for span in spans()}
    try:
        trees = [question.whole for question in QUESTIONS]
        found = asking.in_sql(trees[:90]) + asking.in_sql(trees[90:])
        yield {
            question.title: ({names[each] for each in ids}, {names[each] for each in asking.in_python(question.whole)})
            for question, ids in zip(QUESTIONS, found, strict=True)
        }
    finally:
        asking.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title[:100])
def test_a_question_selects_the_spans_written_down(question: Question, answers: Answers) -> None:
    """The filter selects these spans of its group and no others, in the engine and in Python."""
    assert answers[question.title] == (question.answer, question.answer)
