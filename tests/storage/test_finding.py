"""A member's jobs are found again: all of them, by a word and by what became of them."""

from __future__ import annotations

import pytest

from bot.core.jobs.finding import ANY, PAGE, STATES, Edge, Group, Page, Wanted, page
from bot.core.jobs.states import JobState
from bot.core.orders.recipe import Kind
from tests.builders import recipe
from tests.storage.engines import Stores
from tests.storage.orders import NOW, handed_over, kept, move, order


async def read(stores: Stores, wanted: Wanted = ANY, edge: Edge | None = None) -> Page:
    return await stores.jobs.read(lambda books: page(books, 10, 30, wanted, edge))


def ids(found: Page) -> list[int]:
    return [job.id for job in found.jobs]


async def test_pages_show_every_job_once_newest_first_there_and_back(stores: Stores) -> None:
    mine = []
    for _ in range(2 * PAGE + 3):
        mine.append((await order(stores)).id)
        await order(stores, user_id=31)
        await order(stores, guild_id=11)
    mine.reverse()
    first = await read(stores)
    assert (ids(first), first.newer, first.older) == (mine[:PAGE], False, True)
    second = await read(stores, edge=Edge(ids(first)[-1]))
    assert (ids(second), second.newer, second.older) == (mine[PAGE : 2 * PAGE], True, True)
    third = await read(stores, edge=Edge(ids(second)[-1]))
    assert (ids(third), third.newer, third.older) == (mine[2 * PAGE :], True, False)
    assert await read(stores, edge=Edge(ids(third)[0], newer=True)) == second
    assert await read(stores, edge=Edge(ids(second)[0], newer=True)) == first


async def test_a_page_that_has_emptied_or_shrunk_becomes_the_first(stores: Stores) -> None:
    mine = [(await order(stores)).id for _ in range(PAGE)]
    assert not (await read(stores)).older
    for edge in (Edge(mine[0]), Edge(mine[4], newer=True), Edge(1, newer=True)):
        found = await read(stores, edge=edge)
        assert (ids(found), found.newer, found.older) == (mine[::-1], False, False)


@pytest.mark.parametrize(
    ("word", "prompt"),
    [
        ("boat", "a paper BOAT"),
        ("ЛОДКА", "бумажная лодка"),
        ("STRASSE", "die nasse Straße"),
        ("ΟΔΥΣΣΕΥΣ", "ο Οδυσσευς φεύγει"),
        ("cafe\u0301", "Un CAFÉ vide"),
        ("ｂｏａｔ", "a boat"),
        ("100%", "a battery at 100%"),
        ("_", "snake_case"),
        ("סירה", "סירה קטנה"),
        ("👩‍🚀", "an 👩‍🚀 waves"),
        ("paper bo", "a paper boat"),
        ('"quoted\\', 'she "quoted\\ it'),
    ],
)
async def test_a_word_is_found_whatever_its_case_and_script(
    stores: Stores, word: str, prompt: str
) -> None:
    found = await order(stores, recipe=recipe(prompt=prompt))
    for other in ("a cat", "a 100 percent cat", "snakecase"):
        await order(stores, recipe=recipe(prompt=other))
    assert ids(await read(stores, Wanted(word))) == [found.id]


async def test_what_stands_for_an_empty_prompt_is_not_found(stores: Stores) -> None:
    wordless = recipe(kind=Kind.ANIMATE, prompt="")
    await order(stores, recipe=wordless, picture_url="u")
    assert wordless.prompt
    assert ids(await read(stores, Wanted(wordless.prompt[:8]))) == []


async def test_each_job_is_in_the_group_of_what_became_of_it(stores: Stores) -> None:
    first = await handed_over(stores)
    cancelled = await move(stores, first, first.cancelled(now=NOW))
    keeps = await kept(stores)
    fetches = await kept(stores)
    fetched = await move(stores, fetches, fetches.fetched())
    assert fetched is not None
    third = await kept(stores)
    gone = await move(stores, third, third.fetched())
    assert gone is not None
    await move(stores, gone, gone.without_post())
    waiting = await order(stores)
    groups = {group: ids(await read(stores, Wanted(group=group))) for group in Group}
    assert cancelled is not None
    assert groups == {
        Group.ON_THE_WAY: [waiting.id],
        Group.READY: [fetched.id],
        Group.NOT_MADE: [cancelled.id],
        Group.KEPT: [keeps.id],
        Group.DELETED: [gone.id],
    }


def test_each_state_is_in_one_group() -> None:
    assert sorted(state for states in STATES.values() for state in states) == sorted(JobState)
