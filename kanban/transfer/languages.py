"""Columns, statuses and types as other tools name them in other languages; `vocabulary` puts them together.

A word with one meaning here and another there is left out ("pronto" is ready in Italian and done in Portuguese), so
that people are asked instead of guessing.
"""

Words = dict[str, tuple[str, ...]]

GERMAN: Words = {
    "key": ("vorgangsschlüssel", "vorgangs id", "schlüssel"),
    "title": ("zusammenfassung", "titel", "betreff", "aufgabe"),
    "description": ("beschreibung",),
    "status": ("zustand", "spalte", "liste"),
    "type": ("vorgangstyp", "arbeitselementtyp", "typ"),
    "labels": ("stichwörter", "stichworte", "schlagwörter", "etiketten"),
    "size": ("größe", "schätzung"),
    "parent": ("übergeordneter vorgang", "übergeordnetes element", "übergeordnet"),
    "assignee": ("zugewiesene person", "zugewiesen an", "bearbeiter", "verantwortlich", "mitglieder"),
    "due": ("fälligkeitsdatum", "fällig am", "fällig", "fälligkeit"),
    "created": ("erstellt", "erstellt am", "erstelldatum", "erstellungsdatum", "angelegt am"),
    "started": ("begonnen", "begonnen am", "gestartet", "gestartet am", "startdatum", "beginn"),
    "finished": (
        *("erledigt", "erledigt am", "fertiggestellt", "fertiggestellt am", "abgeschlossen", "abgeschlossen am"),
        *("geschlossen", "geschlossen am", "gelöst", "gelöst am", "abschlussdatum", "lösungsdatum"),
    ),
    "BACKLOG": ("neu", "offen", "idee", "ideen", "eingang", "posteingang", "vorgeschlagen"),
    "READY": (
        *("bereit", "geplant", "genehmigt", "als nächstes", "ausgewählt für entwicklung"),
        *(
            "für entwicklung ausgewählt",
            "zur entwicklung ausgewählt",
            "bereit für entwicklung",
            "bereit zur entwicklung",
        ),
    ),
    "DOING": (
        *("in arbeit", "in bearbeitung", "wird bearbeitet", "in umsetzung", "in entwicklung", "aktiv", "laufend"),
        *("begonnen", "gestartet", "blockiert", "pausiert", "wieder geöffnet", "erneut geöffnet"),
    ),
    "REVIEW": (
        *("in prüfung", "in überprüfung", "prüfung", "überprüfung", "zu prüfen", "wird geprüft", "im review"),
        *("im test", "in test", "testen", "zu testen", "in abnahme", "abnahme", "bereit für test"),
    ),
    "DONE": (
        *("erledigt", "fertig", "fertiggestellt", "abgeschlossen", "geschlossen", "beendet", "umgesetzt"),
        *("veröffentlicht", "ausgeliefert", "abgenommen"),
    ),
    "TO_DO": ("zu erledigen", "zu tun"),
    "RESOLVED": ("gelöst", "behoben"),
    "GONE": (
        *("abgebrochen", "abgelehnt", "storniert", "verworfen", "entfernt", "gelöscht", "gestrichen", "duplikat"),
        *("archiviert", "zurückgezogen", "nicht geplant", "wird nicht umgesetzt"),
    ),
}
FRENCH: Words = {
    "key": ("clé de ticket", "clé de demande", "clé"),
    "title": ("résumé", "titre", "sujet", "nom", "tâche"),
    "status": ("état", "statut", "colonne"),
    "type": ("type de ticket", "type de demande", "type d élément de travail"),
    "labels": ("étiquettes", "étiquette"),
    "size": ("taille",),
    "parent": ("ticket parent", "élément parent"),
    "assignee": ("personne assignée", "assigné à", "assigné", "attribué à", "responsable", "membres"),
    "due": ("date d échéance", "échéance", "date limite"),
    "created": ("création", "date de création", "créé", "créée", "créé le", "créée le"),
    "started": ("date de début", "début", "commencé le", "démarré le"),
    "finished": (
        *("résolu", "résolue", "date de résolution", "terminé", "terminée", "terminé le", "date de fin réelle"),
        *("fermé le", "clôturé le", "date de clôture"),
    ),
    "BACKLOG": ("nouveau", "nouvelle", "ouvert", "ouverte", "idées", "proposé", "boîte de réception"),
    "READY": (
        *("prêt", "prête", "planifié", "planifiée", "approuvé", "approuvée", "sélectionné"),
        *("sélectionné pour le développement", "prêt pour le développement", "prêt à développer"),
    ),
    "DOING": (
        *(
            "en cours",
            "en cours de traitement",
            "en cours de développement",
            "en développement",
            "en cours de réalisation",
        ),
        *("commencé", "démarré", "actif", "active", "bloqué", "bloquée", "en pause", "rouvert", "rouverte"),
    ),
    "REVIEW": (
        *("en revue", "en cours de revue", "revue", "revue de code", "en révision", "en cours d examen", "à valider"),
        *("en validation", "à vérifier", "en vérification", "en test", "en cours de test", "à tester", "en recette"),
    ),
    "DONE": (
        *("terminé", "terminée", "terminés", "terminées", "fait", "fini", "fermé", "fermée", "clôturé", "clos"),
        *("achevé", "livré", "livrée", "déployé", "publié"),
    ),
    "TO_DO": ("à faire",),
    "RESOLVED": ("résolu", "résolue"),
    "GONE": (
        *("annulé", "annulée", "abandonné", "abandonnée", "rejeté", "rejetée", "refusé", "supprimé", "supprimée"),
        *("doublon", "archivé", "archivée", "non planifié"),
    ),
}
SPANISH: Words = {
    "key": ("clave de incidencia", "clave"),
    "title": ("resumen", "título", "asunto", "nombre", "tarea"),
    "description": ("descripción",),
    "status": ("estado", "columna", "lista"),
    "type": ("tipo de incidencia", "tipo de actividad", "tipo de elemento de trabajo", "tipo"),
    "labels": ("etiquetas", "etiqueta"),
    "size": ("tamaño", "estimación"),
    "parent": ("incidencia principal", "elemento primario"),
    "assignee": ("persona asignada", "asignado a", "asignado", "asignada a", "responsable", "miembros"),
    "due": ("fecha de vencimiento", "vencimiento", "fecha límite"),
    "created": ("creada", "creado", "fecha de creación", "creado el"),
    "started": ("fecha de inicio", "inicio", "iniciado el"),
    "finished": (
        *("resuelta", "resuelto", "fecha de resolución", "finalizado el", "fecha de finalización", "cerrado el"),
        *("fecha de cierre", "terminado el", "completado el"),
    ),
    "BACKLOG": ("nuevo", "nueva", "abierto", "abierta", "pendiente", "pendientes", "propuesto", "bandeja de entrada"),
    "READY": (
        *("planificado", "planificada", "aprobado", "aprobada"),
        *("seleccionado para desarrollo", "listo para desarrollo", "listo para empezar"),
    ),
    "DOING": (
        *("en curso", "en progreso", "en proceso", "haciendo", "en desarrollo", "iniciado", "iniciada", "activo"),
        *("activa", "bloqueado", "bloqueada", "en pausa", "reabierto", "reabierta"),
    ),
    "REVIEW": (
        *("en revisión", "revisión", "por revisar", "en pruebas", "pruebas", "en prueba", "por probar"),
        *("en validación", "por validar", "revisión de código", "en verificación"),
    ),
    "DONE": (
        *("hecho", "hecha", "listo", "finalizado", "finalizada", "terminado", "terminada", "completado"),
        *("completada", "cerrado", "cerrada", "entregado", "publicado"),
    ),
    "TO_DO": ("por hacer", "tareas por hacer", "para hacer"),
    "RESOLVED": ("resuelto", "resuelta"),
    "GONE": (
        *("cancelado", "cancelada", "anulado", "anulada", "rechazado", "rechazada", "descartado", "descartada"),
        *("eliminado", "eliminada", "duplicado", "archivado", "archivada"),
    ),
}
PORTUGUESE: Words = {
    "key": ("chave da item", "chave do item", "chave"),
    "title": ("resumo", "título", "assunto", "nome", "tarefa"),
    "description": ("descrição",),
    "status": ("estado", "situação", "coluna", "lista"),
    "type": ("tipo de item", "tipo de ticket", "tipo do item", "tipo"),
    "labels": ("etiquetas", "rótulos", "marcadores"),
    "size": ("tamanho", "estimativa"),
    "parent": ("item pai", "item principal"),
    "assignee": ("responsável", "atribuído a", "atribuído", "membros"),
    "due": ("data limite", "data de vencimento", "prazo", "data de entrega"),
    "created": ("criado", "criada", "criado em", "data de criação"),
    "started": ("data de início", "início", "iniciado em", "começou em"),
    "finished": (
        *("resolvido", "resolvida", "resolvido em", "data de resolução", "concluído em", "data de conclusão"),
        *("fechado em", "data de fechamento", "finalizado em"),
    ),
    "BACKLOG": (
        *("novo", "nova", "aberto", "aberta", "pendente", "pendentes", "ideias", "itens pendentes", "proposto"),
        *("caixa de entrada",),
    ),
    "READY": (
        *("planejado", "planeado", "aprovado", "aprovada"),
        *("selecionado para desenvolvimento", "pronto para desenvolvimento", "pronto para iniciar"),
    ),
    "DOING": (
        *("em andamento", "em progresso", "em curso", "em execução", "em desenvolvimento", "fazendo", "iniciado"),
        *("ativo", "ativa", "bloqueado", "bloqueada", "em pausa", "reaberto", "reaberta"),
    ),
    "REVIEW": (
        *("em revisão", "revisão", "para revisar", "a rever", "em teste", "em testes", "para testar"),
        *("em homologação", "homologação", "em validação", "revisão de código", "em verificação"),
    ),
    "DONE": (
        *("feito", "feita", "concluído", "concluída", "concluídos", "finalizado", "finalizada", "terminado"),
        *("completo", "fechado", "fechada", "encerrado", "entregue", "publicado"),
    ),
    "TO_DO": ("a fazer", "por fazer", "para fazer", "tarefas pendentes"),
    "RESOLVED": ("resolvido", "resolvida"),
    "GONE": (
        *("cancelado", "cancelada", "rejeitado", "rejeitada", "recusado", "descartado", "removido", "removida"),
        *("excluído", "duplicado", "arquivado", "arquivada"),
    ),
}
ITALIAN: Words = {
    "key": ("chiave ticket", "chiave segnalazione", "chiave"),
    "title": ("riepilogo", "titolo", "oggetto", "nome"),
    "description": ("descrizione",),
    "status": ("stato", "colonna", "lista"),
    "type": ("tipo di ticket", "tipo ticket", "tipo segnalazione", "tipo di elemento di lavoro", "tipo"),
    "labels": ("etichette", "etichetta"),
    "size": ("dimensione", "stima"),
    "parent": ("elemento padre", "ticket padre"),
    "assignee": ("assegnatario", "assegnato a", "assegnato", "responsabile", "membri"),
    "due": ("data di scadenza", "data scadenza", "scadenza"),
    "created": ("creato", "creata", "creato il", "data di creazione", "data creazione"),
    "started": ("data di inizio", "data inizio", "inizio", "iniziato il"),
    "finished": (
        *("risolto", "risolta", "data di risoluzione", "data risoluzione", "completato il", "chiuso il"),
        *("data di completamento", "data di chiusura"),
    ),
    "BACKLOG": ("nuovo", "nuova", "aperto", "aperta", "idee", "proposto", "posta in arrivo"),
    "READY": (
        *("pianificato", "pianificata", "approvato", "approvata"),
        *("selezionato per lo sviluppo", "pronto per lo sviluppo"),
    ),
    "DOING": (
        *("in corso", "in lavorazione", "in sviluppo", "in esecuzione", "iniziato", "iniziata", "attivo", "attiva"),
        *("bloccato", "bloccata", "in pausa", "riaperto", "riaperta"),
    ),
    "REVIEW": (
        *("in revisione", "revisione", "da revisionare", "in verifica", "da verificare", "in collaudo", "collaudo"),
        *("da testare", "in fase di test", "in validazione", "revisione del codice"),
    ),
    "DONE": (
        *("fatto", "fatta", "completato", "completata", "terminato", "terminata", "finito", "chiuso", "chiusa"),
        *("concluso", "conclusa", "consegnato", "rilasciato", "pubblicato"),
    ),
    "TO_DO": ("da fare", "da completare", "cose da fare"),
    "RESOLVED": ("risolto", "risolta"),
    "GONE": (
        *("annullato", "annullata", "rifiutato", "rifiutata", "respinto", "scartato", "scartata", "rimosso"),
        *("rimossa", "eliminato", "duplicato", "archiviato", "archiviata"),
    ),
}
DUTCH: Words = {
    "key": ("issuesleutel", "sleutel"),
    "title": ("samenvatting", "titel", "onderwerp", "naam", "taak"),
    "description": ("beschrijving", "omschrijving"),
    "status": ("toestand", "kolom", "lijst"),
    "type": ("issuetype", "type werkitem", "soort"),
    "size": ("grootte", "schatting"),
    "parent": ("bovenliggend item", "bovenliggende issue"),
    "assignee": ("toegewezen aan", "toegewezene", "verantwoordelijke", "leden"),
    "due": ("vervaldatum", "uiterste datum"),
    "created": ("aangemaakt", "aangemaakt op", "aanmaakdatum", "gemaakt op"),
    "started": ("begonnen", "begonnen op", "gestart op", "startdatum", "begindatum"),
    "finished": (
        *("opgelost", "opgelost op", "afgerond op", "voltooid op", "gesloten op", "datum afgerond"),
        *("afsluitdatum", "datum voltooid"),
    ),
    "BACKLOG": ("nieuw", "nieuwe", "ideeën", "voorgesteld", "postvak in"),
    "READY": (
        *("gepland", "goedgekeurd", "geselecteerd voor ontwikkeling"),
        *("klaar voor ontwikkeling", "gereed voor ontwikkeling", "klaar om te starten"),
    ),
    "DOING": (
        *("bezig", "mee bezig", "in uitvoering", "in behandeling", "in ontwikkeling", "wordt aan gewerkt", "gestart"),
        *("actief", "geblokkeerd", "gepauzeerd", "heropend"),
    ),
    "REVIEW": (
        *("in beoordeling", "beoordeling", "te beoordelen", "wordt beoordeeld", "te controleren", "in controle"),
        *("te testen", "wordt getest", "in acceptatie", "acceptatie", "klaar voor test"),
    ),
    "DONE": (
        *("gereed", "klaar", "gedaan", "afgerond", "voltooid", "gesloten", "afgesloten", "opgeleverd", "afgehandeld"),
        *("gepubliceerd",),
    ),
    "TO_DO": ("te doen", "nog te doen"),
    "RESOLVED": ("opgelost",),
    "GONE": (
        *("geannuleerd", "afgewezen", "vervallen", "verwijderd", "duplicaat", "gearchiveerd", "afgebroken"),
        *("ingetrokken", "niet gepland"),
    ),
}
POLISH: Words = {
    "key": ("klucz zgłoszenia", "klucz"),
    "title": ("podsumowanie", "streszczenie", "tytuł", "temat", "nazwa", "zadanie"),
    "description": ("opis",),
    "status": ("stan", "kolumna", "lista"),
    "type": ("typ zgłoszenia", "typ elementu roboczego", "rodzaj", "typ"),
    "labels": ("etykiety", "etykieta", "tagi"),
    "size": ("rozmiar", "oszacowanie"),
    "parent": ("element nadrzędny", "zgłoszenie nadrzędne"),
    "assignee": ("osoba przypisana", "przypisany", "przypisane do", "przypisany do", "odpowiedzialny", "członkowie"),
    "due": ("termin", "termin realizacji"),
    "created": ("utworzono", "utworzone", "utworzony", "data utworzenia"),
    "started": ("rozpoczęto", "data rozpoczęcia", "początek"),
    "finished": (
        *("rozwiązano", "rozwiązane", "data rozwiązania", "zakończono", "data zakończenia", "zamknięto"),
        *("data zamknięcia", "ukończono", "data ukończenia"),
    ),
    "BACKLOG": ("nowe", "nowy", "nowa", "otwarte", "otwarty", "pomysły", "skrzynka odbiorcza"),
    "READY": (
        *("zaplanowane", "zaplanowany", "zatwierdzone", "zatwierdzony"),
        *("wybrane do realizacji", "wybrane do programowania", "gotowe do realizacji"),
    ),
    "DOING": (
        *("w toku", "w trakcie", "w trakcie realizacji", "w realizacji", "rozpoczęte", "aktywne", "aktywny"),
        *("zablokowane", "zablokowany", "wstrzymane", "ponownie otwarte"),
    ),
    "REVIEW": (
        *("w recenzji", "w przeglądzie", "przegląd", "do przeglądu", "w weryfikacji", "do weryfikacji"),
        *("do sprawdzenia", "w testach", "testy", "testowanie", "do testów", "w akceptacji"),
    ),
    "DONE": (
        *("gotowe", "zrobione", "ukończone", "ukończony", "zakończone", "zakończony", "zamknięte", "zamknięty"),
        *("wykonane", "wdrożone", "opublikowane"),
    ),
    "TO_DO": ("do zrobienia", "do wykonania"),
    "RESOLVED": ("rozwiązane", "rozwiązany"),
    "GONE": (
        *("anulowane", "anulowany", "odrzucone", "odrzucony", "porzucone", "usunięte", "duplikat"),
        *("zarchiwizowane", "wycofane"),
    ),
}
LANGUAGES = (GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH, POLISH)
"""Each gives the words for a field by its name in `Field` and for a stage by its name in `Stage`; also for TO_DO,
RESOLVED and GONE."""

TYPES: Words = {
    "feature": (
        *("funktion", "neue funktion", "verbesserung", "anforderung", "fonctionnalité", "nouvelle fonctionnalité"),
        *("amélioration", "récit", "récit utilisateur", "nueva función", "mejora", "historia", "historia de usuario"),
        *("funcionalidade", "novo recurso", "melhoria", "história", "história de usuário", "funzionalità"),
        *("nuova funzionalità", "miglioramento", "storia", "storia utente", "nieuwe functie", "verbetering", "verhaal"),
        *("gebruikersverhaal", "nowa funkcja", "ulepszenie", "usprawnienie", "historyjka", "historyjka użytkownika"),
    ),
    "bug": ("fehler", "bogue", "défaut", "fallo", "erro", "falha", "errore", "difetto", "fout", "błąd"),
    "chore": (
        *("aufgabe", "unteraufgabe", "tâche", "sous tâche", "tarea", "subtarea", "tarefa", "subtarefa", "attività"),
        *("sottoattività", "taak", "subtaak", "zadanie", "podzadanie"),
    ),
}
"""Work types in all these languages; no word means another type in another language."""
