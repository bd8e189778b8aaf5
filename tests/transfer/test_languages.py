"""Lists in other languages: their statuses and columns are known by name, and no word means two things."""

from collections import defaultdict

import pytest

from kanban.flow.stage import Stage
from kanban.transfer.languages import LANGUAGES
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import read_items
from kanban.transfer.vocabulary import HEADERS, STATUSES, Field, fold, is_removed, stage_of, type_of

BACKLOG, DOING, REVIEW, DONE = Stage.BACKLOG, Stage.DOING, Stage.REVIEW, Stage.DONE
COLUMNS = ("Zu erledigen", "In Arbeit", "In Überprüfung", "Fertig", "Abgebrochen")


@pytest.mark.parametrize(
    ("to_do", "in_progress", "in_review", "done", "cancelled"),
    [
        COLUMNS,
        ("À faire", "En cours", "En cours de revue", "Terminée", "Annulé"),
        ("Tareas por hacer", "En curso", "En revisión", "Finalizada", "Cancelado"),
        ("Tarefas pendentes", "Em andamento", "Em revisão", "Concluído", "Cancelado"),
        ("Da completare", "In corso", "In revisione", "Completato", "Annullato"),
        ("Te doen", "Mee bezig", "In beoordeling", "Gereed", "Geannuleerd"),
        ("Do zrobienia", "W toku", "W przeglądzie", "Gotowe", "Anulowane"),
    ],
)
def test_the_usual_statuses_are_known(to_do: str, in_progress: str, in_review: str, done: str, cancelled: str) -> None:
    known = [stage_of(status) for status in (to_do, in_progress, in_review, done)]
    assert known == [BACKLOG, DOING, REVIEW, DONE]
    assert is_removed(cancelled) and stage_of(cancelled) is None


@pytest.mark.parametrize("status", ["TERMINÉ", "termine", "Termine\u0301", "À vérifier", "Zakończone", "zakonczone"])
def test_accents_and_capitals_do_not_matter(status: str) -> None:
    assert stage_of(status) in (DONE, REVIEW)


@pytest.mark.parametrize(
    ("words", "type_"),
    [
        ("Fehler Bogue Fallo Erro Errore Fout Błąd", "bug"),
        ("Aufgabe Tâche Tarea Tarefa Attività Taak Zadanie", "chore"),
    ],
)
def test_the_usual_types_are_known(words: str, type_: str) -> None:
    assert {type_of(word) for word in words.split()} == {type_}


@pytest.mark.parametrize(
    "status", ["Resolved", "Gelöst", "résolue", "Resuelto", "RESOLVIDO", "risolto", "Opgelost", "Rozwiązane"]
)
def test_resolved_is_done_only_with_a_day(status: str) -> None:
    table = read_table(f"Title,Status,Resolved\nA,{status},2026-03-02\nB,{status},\n".encode())
    staged = read_items(table, suggest_mapping(table), "UTC")
    assert [item.stage for item in staged.items] == [DONE, REVIEW]


@pytest.mark.parametrize("status", ["pronto", "em análise", "en attente", "Gelbe Seiten", "完了"])
def test_what_could_mean_two_things_is_not_guessed(status: str) -> None:
    assert stage_of(status) is None and not is_removed(status)


def test_no_word_means_one_thing_in_one_language_and_another_in_another() -> None:
    meanings: dict[tuple[bool, str], set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for name, words in language.items():
            for word in words:
                meanings[name.isupper(), fold(word)].add(name)
    assert {word: names for word, names in meanings.items() if len(names) > 1} == {}
    assert {name for language in LANGUAGES for name in language} <= {
        *Field,
        *(stage.name for stage in STATUSES),
        "TO_DO",
        "RESOLVED",
        "GONE",
    }


@pytest.mark.parametrize(
    "header",
    [
        "Vorgangsschlüssel;Zusammenfassung;Status;Zugewiesene Person;Erstellt;Erledigt;Fälligkeitsdatum",
        "Clé de ticket;Résumé;État;Personne assignée;Création;Résolue;Date d’échéance",
        "Clave de incidencia;Resumen;Estado;Persona asignada;Creada;Resuelta;Fecha de vencimiento",
        "Chave da item;Resumo;Estado;Responsável;Criado;Resolvido;Data limite",
        "Chiave ticket;Riepilogo;Stato;Assegnatario;Creato;Risolto;Data di scadenza",
        "Issuesleutel;Samenvatting;Status;Toegewezen aan;Aangemaakt;Opgelost;Vervaldatum",
        "Klucz zgłoszenia;Podsumowanie;Stan;Osoba przypisana;Utworzono;Rozwiązano;Termin",
    ],
)
def test_the_usual_columns_are_known(header: str) -> None:
    table = read_table(f"{header}\nA-1;Pay by phone;x;Kari;2026-10-01;2026-10-02;2026-10-03\n")
    read = [field for _name, field in suggest_mapping(table).described()]
    wanted = [Field.KEY, Field.TITLE, Field.STATUS, Field.ASSIGNEE, Field.CREATED, Field.FINISHED, Field.DUE]
    assert read == wanted


def test_english_words_come_first() -> None:
    assert HEADERS[Field.TITLE][0] == "title" and HEADERS[Field.STATUS][0] == "status"


def test_a_cell_as_long_as_a_cell_can_be_is_no_word_and_does_not_grow() -> None:
    told = "\ufdfa" * 130_000
    assert fold(told) == told
