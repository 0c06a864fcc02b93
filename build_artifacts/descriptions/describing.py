"""From a visited site to a description: asked of the language model where there is one, else the site's own words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from build_artifacts.descriptions.asking import MOST_KEYWORDS, Answer, question, shown_sources, supported_sentences
from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.company import Company, Description, Result, Sentence, Span, Status
from build_artifacts.descriptions.corpus import Corpus
from build_artifacts.descriptions.evidence import Evidence
from build_artifacts.descriptions.extractive import extractive_sources
from build_artifacts.descriptions.site import Site
from build_artifacts.descriptions.sources import Source, ranked_sources, text_of
from build_artifacts.descriptions.state import State
from build_artifacts.llm import (
    AnswerError,
    AnswerLostError,
    AnswerPendingError,
    LanguageModel,
    LanguageModelError,
    Question,
    SpendCapError,
)
from build_artifacts.llm.batches import BatchLanguageModel

_MOST_RANKED = 10


@dataclass(frozen=True)
class Describer:
    """Describes companies whose sites this run has visited; may be used by many tasks at once."""

    state: State
    corpus: Corpus
    model: LanguageModel | BatchLanguageModel | None
    ledger: CallLedger

    async def describe(self, company: Company) -> Result:
        """The result of one company; what was paid for is kept before this returns."""
        if company.website is None:
            return Result(company, "no_website", None)
        site = self.state.find_site(company.website)
        kept = self.state.find_description(company.id, company.website)
        if site is None or site.outcome != "fetched":
            status: Status = "unreachable" if site is None or site.outcome == "fetched" else site.outcome
            return _unvisited(company, status, site.detail if site else "", kept)
        if kept is not None and not self._is_due(kept[0], site, of_this_run=kept[2]):
            description, described_at, of_this_run = kept
            status = description.status if of_this_run else "unchanged"
            return Result(company, status, description, description.detail, described_at)
        made = await self._made(company, site)
        if made is None:
            return Result(company, "no_text", None)
        if made.status == "waiting_for_batch":
            return _waiting(company, made, kept)
        described_at = self.state.keep_description(company.id, company.website, made)
        return Result(company, made.status, made, made.detail, described_at)

    def _is_due(self, kept: Description, site: Site, *, of_this_run: bool) -> bool:
        if kept.content_hash != site.content_hash:
            return True
        return kept.pending and self.model is not None and not of_this_run

    async def _made(self, company: Company, site: Site) -> Description | None:
        if self.model is None:
            weighed = self._weigh(company, site)
            return weighed.extract if weighed else None
        evidence = self.state.find_evidence(company.id, site.website, site.content_hash)
        if evidence is None:
            evidence = self._weigh(company, site)
            if evidence is None:
                return None
            self.state.keep_evidence(company.id, site.website, evidence)
        asked = question(company, evidence.sources, evidence.extract.keywords)
        return await self._asked(self.model, asked, evidence.sources, evidence.extract)

    def _weigh(self, company: Company, site: Site) -> Evidence | None:
        """What the site says of the company; None where that is nothing."""
        ranked = ranked_sources(site, self.corpus, company.name, _MOST_RANKED)
        if not ranked:
            return None
        languages = [page.language for page in site.pages if page.language]
        extract = Description(
            content_hash=site.content_hash,
            origin="extractive",
            sentences=[Sentence(each.text, [Span(each.text, each.url)]) for each in extractive_sources(ranked)],
            status="described",
            language=languages[0] if languages else None,
            keywords=self.corpus.keywords(text_of(site), company.name, MOST_KEYWORDS),
            pending=True,
        )
        return Evidence(shown_sources(site, ranked), extract)

    async def _asked(
        self,
        model: LanguageModel | BatchLanguageModel,
        asked: Question[Answer],
        shown: Sequence[Source],
        fallback: Description,
    ) -> Description:
        key = asked.key(model.name)
        fallback = replace(fallback, model=model.name, key=key)
        if key in self.ledger.cut_off:
            return replace(fallback, status="fallback", detail="cut_off")
        try:
            answer = await model.ask(asked)
        except AnswerPendingError:
            return replace(fallback, status="waiting_for_batch")
        except SpendCapError:
            return replace(fallback, status="over_budget", key=None)
        except AnswerError as error:
            return replace(fallback, status="fallback", detail=error.fault, pending=False)
        except AnswerLostError:
            return replace(fallback, status="fallback", detail="cut_off")
        except LanguageModelError:
            return replace(fallback, status="fallback", detail="unavailable")
        return replace(fallback, origin="llm", sentences=supported_sentences(answer, shown), pending=False)


def _waiting(company: Company, meanwhile: Description, kept: tuple[Description, str, bool] | None) -> Result:
    if kept is None:
        return Result(company, "waiting_for_batch", meanwhile)
    return Result(company, "waiting_for_batch", kept[0], described_at=kept[1])


def _unvisited(company: Company, status: Status, detail: str, kept: tuple[Description, str, bool] | None) -> Result:
    """A site that cannot be read now may have been read before: that description stands."""
    if kept is None:
        return Result(company, status, None, detail)
    return Result(company, status, kept[0], detail, kept[1])
